import { createSocket } from 'node:dgram';
import { expect, it } from '@jest/globals';
import { silentLog } from '#lib/kernel/log.js';
import { UdpTransport, udpDrops } from './udp-transport.js';

const table = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  341: 0200FF0A:0043 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 21001 2 0000000000000000 1403
  342: 0100007F:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 21002 2 0000000000000000 0
`;

it.each([
  ['10.255.0.2', 67, 1403],
  ['127.0.0.1', 68, 0],
  ['127.0.0.1', 67, undefined],
])('drops of %s:%i', (address, port, expected) => {
  expect(udpDrops(table, address, port)).toBe(expected);
});

it.each(['127.0.0.1', '::1'])('finds its own socket on %s in the kernel table', async (host) => {
  const transport = new UdpTransport(host, 0, 1024 * 1024, silentLog());
  await transport.open(() => {});
  expect(await transport.kernelDrops()).toBe(0);
  await transport.close();
});

it('counts what the kernel dropped because the buffer was full', async () => {
  const transport = new UdpTransport('127.0.0.1', 0, 4096, silentLog());
  await transport.open(() => {});
  const sender = createSocket('udp4');
  const sent = Array.from(
    { length: 200 },
    () => new Promise<void>((resolve) => sender.send(Buffer.alloc(300), transport.port, '127.0.0.1', () => resolve())),
  );
  await Promise.all(sent);
  expect(await transport.kernelDrops()).toBeGreaterThan(0);
  sender.close();
  await transport.close();
});
