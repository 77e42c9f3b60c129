import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** What can go wrong with a request; see services/vpp-sim/server/faults.ts. */
export type SimFault =
  | { kind: 'fail'; retval: number }
  | { kind: 'drop' }
  | { kind: 'delay'; ms: number }
  | { kind: 'close' }
  | { kind: 'vanish' }
  | { kind: 'restart' };

export interface SimCount {
  packets: number;
  bytes: number;
}

export interface SimStatus {
  pid: number;
  generation: number;
  /** Requests received, by message name. */
  requests: Record<string, number>;
  interfaces: { name: string; swIfIndex: number; rx: SimCount; tx: SimCount; drops: number }[];
  policers: { name: string; conform: SimCount; exceed: SimCount; violate: SimCount }[];
  errors: Record<string, number>;
}

/** Typed client of the simulator's control socket. */
export class SimControl {
  private readonly waiting: { resolve(result: unknown): void; reject(error: Error): void }[] = [];

  private constructor(private readonly socket: Socket) {
    createInterface({ input: socket }).on('line', (line) => this.answered(line));
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const call of this.waiting.splice(0)) call.reject(new Error('the simulator is gone'));
    });
  }

  static open(path: string): Promise<SimControl> {
    return new Promise((resolve, reject) => {
      const socket = connect(path, () => resolve(new SimControl(socket)));
      socket.once('error', reject);
    });
  }

  /** Hits the next request, or the next of that name, after `skip` matches, `times` times. */
  async fault(action: SimFault, match: { message?: string; skip?: number; times?: number } = {}): Promise<void> {
    await this.send({ op: 'fault', action, ...match });
  }

  async clearFaults(): Promise<void> {
    await this.send({ op: 'clear-faults' });
  }

  /** The process dies as by SIGKILL; the answer never comes. */
  async vanish(): Promise<void> {
    await this.send({ op: 'vanish' }).catch(() => undefined);
  }

  /** An empty VPP in the same place: new message ids, another pid. */
  async restart(): Promise<void> {
    await this.send({ op: 'restart' });
  }

  async status(): Promise<SimStatus> {
    return (await this.send({ op: 'status' })) as SimStatus;
  }

  /** Sets what an interface, by name or sw_if_index, has counted. */
  async setCounters(
    interfaceOrIndex: string | number,
    values: { rx?: SimCount; tx?: SimCount; drops?: number },
  ): Promise<void> {
    await this.send({ op: 'set-counters', interface: interfaceOrIndex, ...values });
  }

  /** An LACP system answers at the far end of an interface; without `system` it falls silent. */
  async lacpPartner(interfaceOrIndex: string | number, system?: string): Promise<void> {
    await this.send({ op: 'lacp-partner', interface: interfaceOrIndex, ...(system === undefined ? {} : { system }) });
  }

  /** A host that VPP pings falls silent, or answers again; those in VPP's neighbour table answer at first. */
  async pingHost(address: string, answers: boolean): Promise<void> {
    await this.send({ op: 'ping-host', address, answers });
  }

  async close(): Promise<void> {
    this.socket.destroy();
  }

  private send(command: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.socket.write(`${JSON.stringify(command)}\n`);
    });
  }

  private answered(line: string): void {
    const call = this.waiting.shift();
    const answer = JSON.parse(line) as { ok: boolean; result?: unknown; error?: string };
    if (answer.ok) call?.resolve(answer.result);
    else call?.reject(new Error(answer.error));
  }
}
