import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GivenUp } from './wait-for.js';

const lastWordsMs = 300;

/** A child process that is ended by its own pid, and whose last output can be shown when something fails. */
export class Child {
  private readonly lines: string[] = [];
  private readonly process: ChildProcess;
  /** Resolves with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  private ended = false;

  constructor(
    readonly name: string,
    command: string,
    args: readonly string[],
    options: SpawnOptions = {},
  ) {
    this.process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    this.process.stdout?.on('data', (chunk) => this.keep(chunk));
    this.process.stderr?.on('data', (chunk) => this.keep(chunk));
    this.exited = new Promise((resolve) => {
      this.process.once('error', (error) => {
        this.keep(Buffer.from(String(error)));
        this.ended = true;
        resolve(-1);
      });
      this.process.once('exit', async (code, signal) => {
        // Its last words may still be in the pipe; a grandchild may hold the pipe for longer.
        await Promise.race([once(this.process, 'close'), sleep(lastWordsMs)]);
        this.ended = true;
        resolve(code ?? signal ?? -1);
      });
    });
  }

  private keep(chunk: Buffer): void {
    this.lines.push(...chunk.toString().split('\n').filter(Boolean));
    this.lines.splice(0, Math.max(0, this.lines.length - 2000));
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** What it printed, last lines. */
  get output(): string {
    return this.lines.join('\n');
  }

  get running(): boolean {
    return !this.ended;
  }

  /** Throws `GivenUp` with the last output when the process has ended. */
  assertRunning(): void {
    if (this.ended) throw new GivenUp(`${this.name} ended:\n${this.lines.slice(-30).join('\n')}`);
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.ended) this.process.kill(signal);
  }

  /** SIGTERM (or `signal`), then SIGKILL after `graceMs`. Idempotent. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', graceMs = 10_000): Promise<void> {
    this.kill(signal);
    const timer = setTimeout(() => this.kill('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(timer);
  }
}

/** A temporary folder of our own; `remove` takes it away with all in it. */
export function temporaryFolder(name: string): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `causeway-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}
