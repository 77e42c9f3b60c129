import { mkdirSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { SessionBundle } from '#gen/bng/v1/configd.js';
import { writeDurably } from './durable-file.js';

type Entry = { apply: SessionBundle } | { remove: string };

/** Rewritten when it has this many lines more than twice the sessions held. */
const slackLines = 2000;

/**
 * The session bundles held, as an append-only file of JSON lines, so that they outlive a restart of configd.
 * A line is with the kernel before its promise resolves: SIGKILL loses none; a power cut may, and the owner's next
 * `prune_owner` run puts that right.
 */
export class SessionJournal {
  private readonly file: string;
  private handle: FileHandle | undefined;
  private lines = 0;
  private waiting: { line: string; done: (error?: unknown) => void }[] = [];
  private writing: Promise<void> | undefined;

  constructor(
    folder: string,
    private readonly held: () => Iterable<SessionBundle>,
    private readonly heldCount: () => number,
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    this.file = join(folder, 'sessions.jsonl');
  }

  /** What the journal holds; lines that cannot be read (the torn last one of a power cut) are counted and skipped. */
  load(): { sessions: SessionBundle[]; damaged: number } {
    const sessions = new Map<string, SessionBundle>();
    let damaged = 0;
    for (const line of readLines(this.file)) {
      const entry = readEntry(line);
      this.lines++;
      if (!entry) damaged++;
      else if ('apply' in entry) sessions.set(entry.apply.sessionId, entry.apply);
      else sessions.delete(entry.remove);
    }
    return { sessions: [...sessions.values()], damaged };
  }

  applied(session: SessionBundle): Promise<void> {
    return this.append(JSON.stringify({ apply: SessionBundle.toJSON(session) }));
  }

  removed(sessionId: string): Promise<void> {
    return this.append(JSON.stringify({ remove: sessionId }));
  }

  /** Lines that come while a write is under way leave together in the next one. */
  private append(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ line, done: (error) => (error === undefined ? resolve() : reject(error)) });
      this.writing ??= this.flush();
    });
  }

  private async flush(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      const outcome = await this.write(batch.map(({ line }) => `${line}\n`).join(''), batch.length).then(
        () => undefined,
        (error: unknown) => error ?? new Error('write failed'),
      );
      for (const { done } of batch) done(outcome);
    }
    this.writing = undefined;
  }

  private async write(text: string, lines: number): Promise<void> {
    if (this.lines > 2 * this.heldCount() + slackLines) await this.compact();
    try {
      this.handle ??= await this.openForAppend();
      await this.handle.appendFile(text);
    } catch (error) {
      await this.handle?.close();
      this.handle = undefined;
      throw error;
    }
    this.lines += lines;
  }

  /** Begins with a line end, in case the last line is torn. */
  private async openForAppend(): Promise<FileHandle> {
    const handle = await open(this.file, 'a', 0o640);
    await handle.appendFile('\n');
    return handle;
  }

  /** Writes what is held now as a new file. What waits to be appended comes after it and repeats at worst. */
  private async compact(): Promise<void> {
    const sessions = [...this.held()];
    const text = sessions.map((session) => `${JSON.stringify({ apply: SessionBundle.toJSON(session) })}\n`).join('');
    await this.handle?.close();
    this.handle = undefined;
    await writeDurably(this.file, text);
    this.lines = sessions.length;
  }

  async close(): Promise<void> {
    await this.writing;
    await this.handle?.close();
    this.handle = undefined;
  }
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function readEntry(line: string): Entry | undefined {
  try {
    const value = JSON.parse(line) as { apply?: unknown; remove?: unknown };
    if (typeof value.remove === 'string') return { remove: value.remove };
    const session = SessionBundle.fromJSON(value.apply);
    return session.sessionId ? { apply: session } : undefined;
  } catch {
    return undefined;
  }
}
