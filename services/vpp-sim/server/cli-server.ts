import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Component } from '#lib/kernel/lifecycle.js';
import { answerCli } from '../api/cli.js';
import { readPing, runPing } from '../api/cli-ping.js';
import type { Dataplane } from '../dataplane.js';

/** What VPP says first to a client (vlib/unix/cli.c): telnet options, the question for the terminal's type among them. */
const GREETING = Buffer.from([
  ...[255, 252, 34, 255, 254, 34, 255, 251, 3, 255, 253, 3, 255, 251, 1, 255, 254, 1],
  ...[255, 253, 24, 255, 250, 24, 1, 255, 240, 255, 253, 31, 255, 250, 31, 1, 255, 240],
]);
/** End of a telnet suboption. */
const OPTION_END = Buffer.from([255, 240]);

/** The CLI socket for clients that say they are vppctl: a line in, its output and a zero byte out. */
export class CliServer implements Component {
  readonly name = 'cli';
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(
    private readonly path: string,
    private readonly dataplane: () => Dataplane,
  ) {
    this.server = createServer((socket) => this.accept(socket));
  }

  async start(): Promise<void> {
    mkdirSync(dirname(this.path), { recursive: true });
    rmSync(this.path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.path, () => resolve());
    });
  }

  async stop(): Promise<void> {
    this.hangUp();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  /** A VPP that ends takes its connections along. */
  hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.write(GREETING);
    let input = Buffer.alloc(0);
    let answering = Promise.resolve();
    socket.on('data', (bytes) => {
      input = Buffer.concat([input, bytes]);
      const option = input.lastIndexOf(OPTION_END);
      if (option >= 0) input = input.subarray(option + OPTION_END.length);
      for (let end = input.indexOf(10); end >= 0; end = input.indexOf(10)) {
        const line = input.subarray(0, end).toString('latin1');
        input = input.subarray(end + 1);
        answering = answering.then(() => this.answer(line, socket));
      }
    });
  }

  private async answer(line: string, socket: Socket): Promise<void> {
    const dataplane = this.dataplane();
    const say = (text: string) => void socket.write(text.replaceAll('\n', '\r\n'));
    const ping = readPing(line, dataplane);
    if (ping === undefined) say(answerCli(line, dataplane).reply);
    else if (typeof ping === 'string') say(ping);
    else await runPing(ping, dataplane, say);
    socket.write(Buffer.of(0));
  }
}
