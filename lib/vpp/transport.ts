import { connect } from 'node:net';

export interface TransportHandlers {
  onData(chunk: Uint8Array): void;
  /** The send buffer has emptied after `write` returned false. */
  onDrain(): void;
  /** Once, whoever closed; `error` when the system named one. */
  onClose(error?: Error): void;
}

/** A byte stream to VPP: so small that a test's fake is trivial. */
export interface Transport {
  /** False when the peer reads slower than we write; wait for `onDrain`. The bytes must not be changed afterwards. */
  write(bytes: Uint8Array): boolean;
  /** Lets what was written go out, then ends; `onClose` follows when the peer has ended too. */
  end(): void;
  /** Ends at once; `onClose` follows. */
  destroy(): void;
}

/** Opens a transport; rejects when nobody listens. `handlers` are called only after it resolved. */
export type Connect = (handlers: TransportHandlers) => Promise<Transport>;

/** A stream socket at a path of the file system: VPP's `socksvr { socket-name }`. */
export const unixSocket =
  (path: string): Connect =>
  (handlers) =>
    new Promise((resolve, reject) => {
      const socket = connect({ path });
      socket.once('error', reject);
      socket.once('connect', () => {
        let failure: Error | undefined;
        socket.removeListener('error', reject);
        socket.on('error', (error) => {
          failure = error;
        });
        socket.on('data', (chunk) => handlers.onData(chunk));
        socket.on('drain', () => handlers.onDrain());
        socket.on('end', () => socket.destroy());
        socket.on('close', () => handlers.onClose(failure));
        resolve({
          write: (bytes) => socket.write(bytes),
          end: () => socket.end(),
          destroy: () => socket.destroy(),
        });
      });
    });
