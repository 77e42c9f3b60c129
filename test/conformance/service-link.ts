import { createSocket, type Socket } from 'node:dgram';
import { waitFor } from '../harness/wait-for.js';

export interface Received {
  payload: Uint8Array;
  address: string;
  port: number;
}

/** A DHCP server's socket on the service link, and another host beside it. */
export class ServerSocket {
  readonly received: Received[] = [];

  private constructor(
    private readonly socket: Socket,
    private readonly relay: { address: string; port: number },
  ) {
    socket.on('message', (payload, { address, port }) => this.received.push({ payload, address, port }));
  }

  static open(address: string, port: number, relay: { address: string; port: number }): Promise<ServerSocket> {
    return new Promise((resolve, reject) => {
      const socket = createSocket({ type: 'udp4', reuseAddr: true });
      socket.once('error', reject);
      socket.bind(port, address, () => resolve(new ServerSocket(socket, relay)));
    });
  }

  /** The next packet after the first `seen`. */
  async packet(seen: number): Promise<Received> {
    return waitFor(`packet ${seen + 1} at the server`, () => this.received[seen]);
  }

  /** To the relay, where a server sends its replies. */
  reply(payload: Uint8Array): void {
    this.socket.send(payload, this.relay.port, this.relay.address);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }
}

/** The hop between VPP and the DHCP server, as one lane has it. */
export interface ServiceLink {
  /** As `dhcp_proxy_config` names them. */
  readonly serverAddress: string;
  readonly relayAddress: string;
  /** Where the relay's packets come from; port 68 unless the hop is mapped onto ports of an ordinary user. */
  readonly relayPort: number;
  readonly server: ServerSocket;
  /** A host on the link that is no server. */
  readonly stranger: ServerSocket;
  close(): Promise<void>;
}

export const SERVER = '10.255.0.2';
export const STRANGER = '10.255.0.3';
export const RELAY = '10.255.0.1';
const SERVER_PORT = 67;
const RELAY_SOURCE_PORT = 68;

/** Both hosts' addresses must be this host's, and the relay's be reachable. */
export async function realServiceLink(): Promise<ServiceLink> {
  const relay = { address: RELAY, port: SERVER_PORT };
  return link(
    await ServerSocket.open(SERVER, SERVER_PORT, relay),
    await ServerSocket.open(STRANGER, SERVER_PORT, relay),
    RELAY_SOURCE_PORT,
  );
}

export async function mappedServiceLink(serverPort: number, relayPort: number): Promise<ServiceLink> {
  const relay = { address: '127.0.0.1', port: relayPort };
  const server = await ServerSocket.open('127.0.0.1', serverPort, relay);
  return link(server, await ServerSocket.open('127.0.0.1', 0, relay), relayPort);
}

const link = (server: ServerSocket, stranger: ServerSocket, relayPort: number): ServiceLink => ({
  serverAddress: SERVER,
  relayAddress: RELAY,
  relayPort,
  server,
  stranger,
  async close() {
    await server.close();
    await stranger.close();
  },
});
