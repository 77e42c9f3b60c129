import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { VppIdentity } from '#lib/vpp/client-state.js';
import { writeDurably } from './durable-file.js';

const format = z.object({ generation: z.int().min(1), pid: z.int(), bootTime: z.number().optional() });
type Life = z.output<typeof format>;

/** Numbers the lives of VPP, also over restarts of configd: the same VPP process keeps its number. */
export class VppLife {
  private readonly file: string;
  private life: Life | undefined;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    this.file = join(folder, 'vpp-life.json');
    this.life = readLife(this.file);
  }

  /** 0 before the first VPP was seen. */
  get generation(): number {
    return this.life?.generation ?? 0;
  }

  /** Takes note of the VPP that answers; true when it is another process than the last one. */
  async seen({ vppPid, bootTime }: VppIdentity, restarted: boolean): Promise<boolean> {
    const before = this.life;
    if (before && !restarted && before.pid === vppPid && isSameBoot(before.bootTime, bootTime)) return false;
    const next = { generation: this.generation + 1, pid: vppPid, ...(bootTime !== undefined && { bootTime }) };
    this.life = next;
    await writeDurably(this.file, JSON.stringify(next));
    return before !== undefined;
  }
}

/** A boot time that is not known this time says nothing. */
const isSameBoot = (a: number | undefined, b: number | undefined): boolean =>
  a === undefined || b === undefined || a === b;

function readLife(file: string): Life | undefined {
  try {
    return format.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
