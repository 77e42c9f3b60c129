import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../durable-file.js';
import type { NextHopSpec } from '../resources/next-hop.js';
import { carries, type NextHopState, newState } from './next-hop-state.js';

const format = z.record(z.string(), z.object({ place: z.string(), flaps: z.int().min(0), sinceMs: z.number() }));

const placeOf = ({ address, interface: out, vrf }: NextHopSpec): string => [address, out ?? vrf ?? 'default'].join(' ');

/** Which next hops are out, kept over restarts of configd: it must not send packets to one that it knew to be dead. */
export class VerdictFile {
  private readonly file: string;
  private readonly known: z.output<typeof format>;
  private writing: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.file = join(folder, 'next-hops.json');
    this.known = readKnown(this.file);
  }

  /** The state to begin with; undefined for one that was not out. */
  of(spec: NextHopSpec): NextHopState | undefined {
    const kept = Object.hasOwn(this.known, spec.name) ? this.known[spec.name] : undefined;
    if (kept?.place !== placeOf(spec)) return undefined;
    return { ...newState(kept.sinceMs), verdict: 'down', flaps: kept.flaps };
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.writing.catch(() => {});
  }

  write(hops: readonly { readonly spec: NextHopSpec; readonly state: NextHopState }[]): Promise<void> {
    const out = hops.filter(({ state }) => !carries(state));
    const content = Object.fromEntries(
      out.map(({ spec, state }) => [spec.name, { place: placeOf(spec), flaps: state.flaps, sinceMs: state.sinceMs }]),
    );
    const text = JSON.stringify(content);
    this.writing = this.writing.catch(() => {}).then(() => writeDurably(this.file, text));
    return this.writing;
  }
}

function readKnown(file: string): z.output<typeof format> {
  try {
    return format.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data ?? {};
  } catch {
    return {};
  }
}
