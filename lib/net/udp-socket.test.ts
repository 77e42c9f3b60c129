import { createSocket } from 'node:dgram';
import { closeSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { openUdpSocket } from './udp-socket.js';

const CAP_NET_ADMIN = 12;

it.each([
  ['127.0.0.1', 'udp4'],
  ['::1', 'udp6'],
] as const)('a socket on %s takes packets and answers', async (host, type) => {
  const server = createSocket(type);
  await new Promise<void>((resolve) => server.bind({ fd: openUdpSocket(host, 0, 1024 * 1024) }, resolve));
  const client = createSocket(type);
  server.on('message', (message, { address, port }) => server.send(message, port, address));
  const answer = new Promise<string>((resolve) => client.once('message', (message) => resolve(message.toString())));
  client.send('hello', server.address().port, host);
  expect(await answer).toBe('hello');
  expect(server.address().address).toBe(host);
  server.close();
  client.close();
});

it('has the buffer it was asked for, or says by its size that the kernel has capped it', async () => {
  const { readFileSync } = await import('node:fs');
  const capabilities = BigInt(`0x${/CapEff:\s+(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]}`);
  const allowed = ((capabilities >> BigInt(CAP_NET_ADMIN)) & 1n) === 1n;
  const cap = Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8'));
  const wanted = 16 * 1024 * 1024;
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind({ fd: openUdpSocket('127.0.0.1', 0, wanted) }, resolve));
  // The kernel doubles what is asked for, for its own bookkeeping (socket(7)).
  expect(socket.getRecvBufferSize()).toBe(2 * (allowed ? wanted : Math.min(cap, wanted)));
  socket.close();
});

it('says by name why it cannot be had', () => {
  const fd = openUdpSocket('127.0.0.1', 45_067, 4096);
  expect(() => openUdpSocket('127.0.0.1', 45_067, 4096)).toThrow('bind to 127.0.0.1 port 45067: EADDRINUSE');
  expect(() => openUdpSocket('192.0.2.1', 0, 4096)).toThrow('EADDRNOTAVAIL');
  closeSync(fd);
});
