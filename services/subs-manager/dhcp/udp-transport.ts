import { createSocket, type Socket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import type { Log } from '#lib/kernel/log.js';
import { ip4Bytes } from '#lib/net/address.js';
import { ip6Bytes } from '#lib/net/ip6.js';
import { openUdpSocket } from '#lib/net/udp-socket.js';
import type { Datagram, DhcpTransport } from './transport.js';

/** An address as the kernel's tables write it: numbers of 32 bits in the machine's byte order (little-endian here). */
function kernelAddress(address: string): string {
  const bytes = Buffer.from(address.includes(':') ? ip6Bytes(address) : ip4Bytes(address));
  return bytes.swap32().toString('hex');
}

/**
 * Drops column of the socket bound to `address:port` in the text of /proc/net/udp or udp6; undefined when it is not
 * there.
 */
export function udpDrops(table: string, address: string, port: number): number | undefined {
  const local = `${kernelAddress(address)}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
  const row = table.split('\n').find((line) => line.trim().split(/\s+/)[1] === local);
  const drops = row?.trim().split(/\s+/).at(-1);
  return drops === undefined ? undefined : Number(drops);
}

/** One UDP socket; replies leave from its own address and port, as VPP's proxy demands. */
export class UdpTransport implements DhcpTransport {
  private readonly socket: Socket;

  constructor(
    private readonly host: string,
    private readonly listenPort: number,
    private readonly recvBufferBytes: number,
    private readonly log: Log,
  ) {
    this.socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  }

  get port(): number {
    return this.socket.address().port;
  }

  async open(onDatagram: (datagram: Datagram) => void): Promise<void> {
    this.socket.on('message', (payload, { address, port }) => onDatagram({ payload, address, port }));
    await new Promise<void>((resolve, reject) => {
      this.socket.once('error', reject);
      this.socket.bind({ fd: openUdpSocket(this.host, this.listenPort, this.recvBufferBytes) }, () => {
        this.socket.off('error', reject);
        resolve();
      });
    });
    this.socket.on('error', (error) => this.log.warn({ err: error }, 'DHCP socket'));
    const recvBufferBytes = this.socket.getRecvBufferSize();
    this.log.info({ port: this.port, recvBufferBytes }, 'DHCP socket open');
    if (recvBufferBytes < this.recvBufferBytes)
      this.log.warn({ recvBufferBytes, wanted: this.recvBufferBytes }, 'a burst of clients may overrun the buffer');
  }

  send(payload: Uint8Array, address: string, port: number): void {
    this.socket.send(payload, port, address, (error) => {
      if (error) this.log.warn({ err: error, address, port }, 'DHCP reply not sent');
    });
  }

  async kernelDrops(): Promise<number | undefined> {
    const table = await readFile(this.host.includes(':') ? '/proc/net/udp6' : '/proc/net/udp', 'utf8').catch(() => '');
    return udpDrops(table, this.socket.address().address, this.port);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.socket.close(() => resolve()));
  }
}
