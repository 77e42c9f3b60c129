import { readFileSync } from 'node:fs';
import type { Stack } from '../test/harness/stack.js';

const ticksPerSecond = 100;

/** Processor seconds, user and system, that a process has used. 0 for one that is gone. */
function cpuSeconds(pid: number): number {
  const fields = (procFile(`/proc/${pid}/stat`).split(') ')[1] ?? '').split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticksPerSecond;
}

const rssKb = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(procFile(`/proc/${pid}/status`))?.[1] ?? 0);

function procFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** PostgreSQL works in one process per connection. */
function family(pid: number): number[] {
  return [pid, ...procFile(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number)];
}

/** The processes of a stack as they are now, by name; the clients are this process. */
function processesOf(stack: Stack): Map<string, number[]> {
  const processes = new Map([...stack.services].map(([name, { child }]) => [name as string, [child.pid]]));
  processes.set(stack.vpp.name, [stack.vpp.pid]);
  processes.set('freeradius', [stack.radius.pid]);
  processes.set('nats-server', [stack.nats.pid]);
  processes.set('postgres', stack.postgres ? family(stack.postgres.pid) : []);
  processes.set('simulated clients', [process.pid]);
  return processes;
}

/** What one process, or family of processes, used in a phase. */
export interface Used {
  readonly name: string;
  readonly cpuSeconds: number;
  readonly rssKb: number;
}

/** Processor time of every process of a stack from one look to the next. */
export class UsageMeter {
  private before = new Map<number, number>();

  constructor(private readonly stack: Stack) {
    this.next();
  }

  /** Since the last look; a process that began meanwhile counts from its start. */
  next(): Used[] {
    const processes = processesOf(this.stack);
    const now = new Map([...processes.values()].flat().map((pid) => [pid, cpuSeconds(pid)]));
    const used = [...processes].map(([name, pids]) => ({
      name,
      cpuSeconds: pids.reduce((sum, pid) => sum + (now.get(pid) ?? 0) - (this.before.get(pid) ?? 0), 0),
      rssKb: pids.reduce((sum, pid) => sum + rssKb(pid), 0),
    }));
    this.before = now;
    return used;
  }
}
