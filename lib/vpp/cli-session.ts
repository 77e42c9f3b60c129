import { connect, type Socket } from 'node:net';
import { BngError } from '#lib/kernel/errors.js';

/** Telnet as far as VPP's CLI speaks it (vlib/unix/cli.c): RFC 854, RFC 1091. */
const telnet = { iac: 255, subnegotiation: 250, end: 240, terminalType: 24, is: 0 } as const;
const { iac, subnegotiation, end, terminalType, is } = telnet;

/** Of this terminal VPP expects lines and sends neither prompts nor echoes; a zero byte ends each answer. */
const vppctl = Buffer.from([iac, subnegotiation, terminalType, is, ...Buffer.from('vppctl'), iac, end]);

interface Asked {
  text: string;
  resolve(text: string): void;
  reject(error: BngError): void;
}

/**
 * A connection to VPP's CLI socket (`unix { cli-listen }`), one command at a time. Commands run in a process of VPP's of their own,
 * so that one that waits holds up nothing else, unlike `cli_inband` in the process of the binary API.
 * Connects when first asked and again after it was cut.
 */
export class CliSession {
  private socket: Socket | undefined;
  private asked: Asked | undefined;

  constructor(private readonly path: string) {}

  /**
   * The answer to one line. Throws `unavailable` when VPP does not listen, hangs up or has not answered in time; what was asked may have
   * been done all the same.
   */
  async ask(line: string, timeoutMs: number): Promise<string> {
    if (this.asked) throw new BngError('internal', 'one command at a time');
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<string>((resolve, reject) => {
        this.asked = { text: '', resolve, reject };
        timer = setTimeout(() => this.end(`does not answer within ${timeoutMs} ms`), timeoutMs);
        const { socket } = this;
        if (socket) socket.write(`${line}\n`);
        else this.open(line);
      });
    } finally {
      clearTimeout(timer);
      this.asked = undefined;
    }
  }

  close(): void {
    this.end('was closed');
  }

  private open(line: string): void {
    const socket = connect(this.path);
    this.socket = socket;
    const ended = (reason: string) => {
      if (this.socket === socket) this.end(reason);
    };
    socket.on('error', (error: NodeJS.ErrnoException) => ended(`cannot be reached (${error.code ?? error.message})`));
    socket.on('close', () => ended('hung up'));
    let isGreeted = false;
    socket.on('data', (bytes) => {
      if (isGreeted) return this.heard(bytes);
      isGreeted = true;
      socket.write(Buffer.concat([vppctl, Buffer.from(`${line}\n`)]));
    });
  }

  private heard(bytes: Buffer): void {
    const { asked } = this;
    if (!asked) return;
    const zero = bytes.indexOf(0);
    asked.text += bytes.subarray(0, zero < 0 ? undefined : zero).toString('latin1');
    if (zero >= 0) asked.resolve(asked.text.replaceAll('\r', ''));
  }

  private end(reason: string): void {
    const { socket, asked } = this;
    this.socket = undefined;
    socket?.destroy();
    asked?.reject(new BngError('unavailable', `VPP's CLI socket ${this.path} ${reason}`));
  }
}
