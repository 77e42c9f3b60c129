import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Component } from '#lib/kernel/lifecycle.js';
import { type ControlCommand, controlCommand } from './control.js';

/** JSON lines on a unix socket: one command, one answer `{ok, result?}` or `{ok: false, error}`. */
export class ControlServer implements Component {
  readonly name = 'control';
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(
    private readonly path: string,
    private readonly execute: (command: ControlCommand) => unknown,
  ) {
    this.server = createServer((socket) => this.accept(socket));
  }

  async start(): Promise<void> {
    rmSync(this.path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.path, () => resolve());
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    createInterface({ input: socket }).on('line', (line) => socket.write(`${JSON.stringify(this.answer(line))}\n`));
  }

  private answer(line: string): unknown {
    try {
      const parsed = controlCommand.safeParse(JSON.parse(line));
      if (!parsed.success) return { ok: false, error: parsed.error.issues.map((issue) => issue.message).join('; ') };
      return { ok: true, result: this.execute(parsed.data) ?? null };
    } catch (error) {
      return { ok: false, error: String(error) };
    }
  }
}
