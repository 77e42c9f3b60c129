import type { Clock } from '#lib/kernel/clock.js';
import type { Log } from '#lib/kernel/log.js';
import type { RelayConfig } from '../config-relay.js';
import type { SubsMetrics } from '../metrics.js';
import type { Server, Servers } from './servers.js';

/** What a server said, and who it was. */
export interface Answer<R> {
  reply: R;
  server: Server;
  tookMs: number;
}

export interface Question {
  /** What tells its answer from others'. */
  key: string;
  rules: RelayConfig;
  /** Asked first: the server that the client has its lease from. */
  preferred: string;
  /** Nobody else is asked. */
  only?: boolean;
  send(server: Server): void;
}

type Waiting<R> = (answer: Omit<Answer<R>, 'tookMs'> | undefined) => void;

/** Questions to DHCP servers that wait for their answers: the next server is asked when one is silent. */
export class Exchanges<R> {
  private readonly waiting = new Map<string, Waiting<R>>();

  constructor(
    private readonly servers: Servers,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly log: Log,
    private readonly metrics: Pick<SubsMetrics, 'servers' | 'step'>,
  ) {}

  /** Undefined when no server answered. An answer that comes late, while the next one is being asked, is as good. */
  async ask(question: Question): Promise<Answer<R> | undefined> {
    const { rules, preferred, only = false } = question;
    const beganMs = this.clock.monotonicMs();
    for (const server of this.servers.inTurn(rules, preferred)) {
      if (only && server.name !== preferred) continue;
      const answer = await this.once(question, server);
      if (answer === undefined) this.silent(server, rules);
      else {
        const tookMs = this.clock.monotonicMs() - beganMs;
        this.heard(answer.server, tookMs);
        return { ...answer, tookMs };
      }
    }
    return undefined;
  }

  private once({ key, rules, send }: Question, server: Server): ReturnType<Exchanges<R>['pending']> {
    return this.pending(key, rules.timeoutMs, () => send(server));
  }

  private pending(key: string, timeoutMs: number, send: () => void) {
    return new Promise<Omit<Answer<R>, 'tookMs'> | undefined>((resolve) => {
      this.waiting.get(key)?.(undefined);
      const settle: Waiting<R> = (answer) => {
        clearTimeout(timer);
        if (this.waiting.get(key) === settle) this.waiting.delete(key);
        resolve(answer);
      };
      const timer = setTimeout(() => settle(undefined), timeoutMs);
      this.waiting.set(key, settle);
      send();
    });
  }

  /** Takes what a server sent; false when nobody waits for it. */
  take(key: string, server: Server, reply: R): boolean {
    const settle = this.waiting.get(key);
    settle?.({ reply, server });
    return settle !== undefined;
  }

  private heard(server: Server, tookMs: number): void {
    this.metrics.servers.inc({ server: server.name, outcome: 'answered' });
    this.metrics.step('server', tookMs);
    if (this.servers.answered(server)) this.log.info({ server: server.name }, 'DHCP server is back');
  }

  private silent(server: Server, rules: RelayConfig): void {
    this.metrics.servers.inc({ server: server.name, outcome: 'timeout' });
    if (this.servers.silent(server, rules)) this.log.warn({ server: server.name }, 'DHCP server does not answer');
  }
}
