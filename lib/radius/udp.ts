import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** Wanted socket buffers; the kernel caps them at net.core.rmem_max and wmem_max. */
const BUFFER_BYTES = 8 * 1024 * 1024;

/** A bound UDP socket with large buffers. Rejects when the address cannot be bound. */
export async function bindUdp(address: string, port: number): Promise<Socket> {
  const options: SocketOptions = { type: isIPv6(address) ? 'udp6' : 'udp4' };
  const socket = createSocket(options);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  socket.setRecvBufferSize(BUFFER_BYTES);
  socket.setSendBufferSize(BUFFER_BYTES);
  return socket;
}

/** Closes and waits until the port is free. */
export function closeUdp(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}
