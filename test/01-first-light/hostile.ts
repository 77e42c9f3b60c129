import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends each datagram to `host:port`, a few at a time, so that the receiver's buffer holds them. */
export async function sendDatagrams(to: { host: string; port: number }, payloads: Iterable<Uint8Array>): Promise<void> {
  const socket = createSocket('udp4');
  let underWay = 0;
  for (const payload of payloads) {
    await new Promise<void>((resolve) => {
      socket.send(payload, to.port, to.host, () => resolve());
    });
    if (++underWay % 50 === 0) await new Promise(setImmediate);
  }
  await new Promise<void>((resolve) => {
    socket.close(resolve);
  });
}

/** Writes bytes to a stream socket and waits until the far side hangs up, or says something, or `patienceMs` pass. */
export async function sendStream(to: string | { host: string; port: number }, bytes: Uint8Array, patienceMs = 200) {
  const socket = typeof to === 'string' ? connect(to) : connect(to.port, to.host);
  socket.on('error', () => {});
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  socket.write(bytes);
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), patienceMs);
  await Promise.race([
    once(socket, 'data', { signal: patience.signal }),
    once(socket, 'close', { signal: patience.signal }),
  ]).catch(() => undefined);
  clearTimeout(timer);
  socket.destroy();
}
