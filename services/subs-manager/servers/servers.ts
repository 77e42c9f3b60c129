import type { Clock } from '#lib/kernel/clock.js';
import { splitHostPort } from '#lib/kernel/ops-server.js';
import { ip6Number, ip6Text } from '#lib/net/ip6.js';
import type { RelayConfig } from '../config-relay.js';

/** One DHCP server of the operator; `name` is its `host:port` in the configuration. */
export interface Server {
  name: string;
  address: string;
  port: number;
}

interface Health {
  server: Server;
  /** Messages in a row that it did not answer. */
  misses: number;
  /** Monotonic; 0: alive. */
  deadUntilMs: number;
  /** One message is trying whether it is back. */
  tried: boolean;
}

type Rules = Pick<RelayConfig, 'servers' | 'deadAfter' | 'deadTimeS'>;

/** Which DHCP servers are alive, whatever groups they serve. */
export class Servers {
  private readonly known = new Map<string, Health>();

  constructor(
    rules: readonly Rules[],
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {
    for (const name of rules.flatMap(({ servers }) => servers)) this.get(name);
  }

  /** One that only lines name is known from when it is first asked. */
  private get(name: string): Health {
    const known = this.known.get(name);
    if (known) return known;
    const { host, port } = splitHostPort(name);
    const number = ip6Number(host);
    const address = number === undefined ? host : ip6Text(number);
    const health = { server: { name, address, port }, misses: 0, deadUntilMs: 0, tried: false };
    this.known.set(name, health);
    return health;
  }

  /**
   * The servers to ask, one after the other: `preferred` before the others, all in their order. Dead ones are left out;
   * when there are none but dead ones, those are asked all the same.
   */
  *inTurn(rules: Rules, preferred = ''): Generator<Server> {
    const order = rules.servers
      .map((name) => this.get(name))
      .sort((a, b) => Number(b.server.name === preferred) - Number(a.server.name === preferred));
    let alive = false;
    for (const health of order) {
      if (!this.claim(health)) continue;
      alive = true;
      yield health.server;
    }
    if (!alive) for (const { server } of order) yield server;
  }

  /** A server whose dead time is over is tried by one message, not by all that come. */
  private claim(health: Health): boolean {
    if (health.deadUntilMs === 0) return true;
    if (health.tried || this.clock.monotonicMs() < health.deadUntilMs) return false;
    health.tried = true;
    return true;
  }

  /** True when it was dead before. */
  answered({ name }: Server): boolean {
    const health = this.known.get(name);
    const wasDead = (health?.deadUntilMs ?? 0) > 0;
    if (health) Object.assign(health, { misses: 0, deadUntilMs: 0, tried: false });
    return wasDead;
  }

  /** True when it counts as dead from now on. */
  silent({ name }: Server, { deadAfter, deadTimeS }: Rules): boolean {
    const health = this.known.get(name);
    if (health === undefined) return false;
    const wasDead = health.deadUntilMs > 0;
    health.misses++;
    health.tried = false;
    if (health.misses < deadAfter) return false;
    health.deadUntilMs = this.clock.monotonicMs() + deadTimeS * 1000;
    return !wasDead;
  }

  /** Who sent from there; a server that answers from another port than it takes messages at is known by its address. */
  at(address: string, port: number): Server | undefined {
    const there = [...this.known.values()].map(({ server }) => server).filter((server) => server.address === address);
    return there.find((server) => server.port === port) ?? there[0];
  }

  /** Each server, and whether it counts as alive. */
  health(): { name: string; alive: boolean }[] {
    return [...this.known.values()].map(({ server, deadUntilMs }) => ({ name: server.name, alive: deadUntilMs === 0 }));
  }
}
