import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from './durable-file.js';

/** A configuration as it was given, with its number in the history. */
export interface StoredConfig {
  readonly version: bigint;
  readonly yaml: string;
  /** Changes with the text; see `etagOf`. */
  readonly etag: string;
  /** Present while it waits for a confirmation. */
  readonly pending?: PendingConfirm;
  /** The version that nobody confirmed and that this one took the place of. */
  readonly tookBack?: bigint;
}

/** Until when a configuration must be confirmed, and what comes back otherwise. */
export interface PendingConfirm {
  /** Unix time. */
  readonly deadlineMs: number;
  readonly user: string;
  /** Absent: nothing was in force before. */
  readonly before?: StoredConfig;
}

/** Names the exact text of a document; empty when there is none. */
export const etagOf = (yaml: string): string => createHash('sha256').update(yaml).digest('hex').slice(0, 32);

const version = z.string().regex(/^\d+$/).transform(BigInt);
const document = z
  .object({ version, etag: z.string(), yaml: z.string() })
  .refine(({ etag, yaml }) => etagOf(yaml) === etag, 'its text does not match its digest');
const format = z.intersection(
  document,
  z.object({
    format: z.literal(1),
    pending: z.object({ deadlineMs: z.number(), user: z.string(), before: document.optional() }).optional(),
    tookBack: version.optional(),
  }),
);

/**
 * The last applied configuration in a local file, so that the node boots without PostgreSQL.
 * Writing it is the moment an apply counts as done: before it the earlier version wins after a crash, from then on the new one.
 */
export class Snapshot {
  private readonly file: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    this.file = join(folder, 'config-snapshot.json');
  }

  /** The last whole snapshot, or undefined when there is none; `onDamage` hears of one that cannot be used. */
  read(onDamage: (reason: string) => void): StoredConfig | undefined {
    let text: string;
    try {
      text = readFileSync(this.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') onDamage(String(error));
      return undefined;
    }
    const parsed = format.safeParse(parseJson(text));
    if (!parsed.success) {
      const digest = parsed.error.issues.find(({ code }) => code === 'custom');
      onDamage(digest?.message ?? 'it is not a snapshot');
      return undefined;
    }
    const { format: _, ...config } = parsed.data;
    return config as StoredConfig;
  }

  /** Resolves when the snapshot is on the disk; after a crash either the old or the new one is there, whole. */
  async write(config: StoredConfig): Promise<void> {
    const text = JSON.stringify({ format: 1, ...config }, (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    await writeDurably(this.file, text);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
