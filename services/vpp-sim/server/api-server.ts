import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Component } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import { Connection, type ConnectionHooks, type Life } from './connection.js';
import { publishEvents } from './events.js';

const FIRST_CLIENT_INDEX = 0x80000001;

export type ApiServerHooks = Omit<ConnectionHooks, 'life' | 'nextClientIndex'>;

/** The binary API socket. Serves one life at a time; `begin` ends the old one's connections. */
export class ApiServer implements Component {
  readonly name = 'binary-api';
  private readonly server: Server;
  private readonly connections = new Set<Connection>();
  private clients = 0;
  private life: Life | undefined;

  constructor(
    private readonly path: string,
    private readonly hooks: ApiServerHooks,
    private readonly log: Log,
  ) {
    this.server = createServer((socket) => this.accept(socket));
  }

  begin(life: Life): void {
    for (const connection of this.connections) connection.destroy();
    this.connections.clear();
    this.clients = 0;
    this.life = life;
    publishEvents(life.dataplane, (topic, emit) => {
      if (this.life !== life) return;
      for (const connection of this.connections) connection.event(topic, emit);
    });
  }

  async start(): Promise<void> {
    mkdirSync(dirname(this.path), { recursive: true });
    rmSync(this.path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.path, () => resolve());
    });
    this.log.info({ socket: this.path }, 'binary API listens');
  }

  async stop(): Promise<void> {
    for (const connection of this.connections) connection.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private accept(socket: Socket): void {
    const { life } = this;
    if (!life) {
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, {
      ...this.hooks,
      life,
      nextClientIndex: () => FIRST_CLIENT_INDEX + this.clients++,
    });
    this.connections.add(connection);
    socket.on('close', () => this.connections.delete(connection));
  }
}
