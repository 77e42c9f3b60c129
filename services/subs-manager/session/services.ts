import { Counters, type Policy } from '#gen/bng/v1/common.js';
import type { ActiveService as ServiceMessage } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import { between } from './counters.js';
import { mergePolicy } from './policy-merge.js';

/** A service of the configuration. */
export interface ServiceDefinition {
  readonly name: string;
  /** Of several that say the same thing the highest wins. */
  readonly priority: number;
  readonly policy: Policy;
}

/** A service that a session has on. */
export interface ActiveService {
  readonly name: string;
  /** 1, 2, 3 ... of the services the session ever had: makes the name unique for ever. */
  readonly number: number;
  readonly sinceMs: number;
  /** What the session had counted when it was switched on. */
  readonly from: Counters;
}

/** A session's services. */
export interface ServiceStack {
  /** How many it ever had on. */
  readonly count: number;
  readonly active: readonly ActiveService[];
}

export interface ServiceSwitch {
  readonly activate: readonly string[];
  readonly deactivate: readonly string[];
}

export const noServices = (): ServiceStack => ({ count: 0, active: [] });

/** Its own Acct-Session-Id: that of the session, the name, the number. */
export const serviceSessionId = (sessionId: string, { name, number }: ActiveService): string =>
  `${sessionId}:${name}:${number}`;

/** What passed while it was on, as far as the session has counted. */
export const serviceUsage = ({ from }: ActiveService, total: Counters): Counters => between(from, total);

export const serviceMessages = (sessionId: string, { active }: ServiceStack, total: Counters): ServiceMessage[] =>
  active.map((service) => ({
    name: service.name,
    acctSessionId: serviceSessionId(sessionId, service),
    sinceMs: BigInt(service.sinceMs),
    counters: serviceUsage(service, total),
  }));

export const stackJson = ({ count, active }: ServiceStack) => ({
  count,
  active: active.map((one) => ({ ...one, from: Counters.toJSON(one.from) })),
});

export function stackFromJson(value: Partial<ServiceStack>): ServiceStack {
  const { count = 0, active = [] } = value;
  return { count, active: active.map((one) => ({ ...one, from: Counters.fromJSON(one.from) })) };
}

/** Lowest first; of equal priority the name that sorts first is the stronger one. */
const byStrength = (a: ServiceDefinition, b: ServiceDefinition): number =>
  a.priority - b.priority || (a.name < b.name ? 1 : a.name > b.name ? -1 : 0);

/** The services of the configuration, and what sessions make of them. */
export class Services {
  private readonly byName: ReadonlyMap<string, ServiceDefinition>;

  constructor(definitions: readonly ServiceDefinition[]) {
    this.byName = new Map(definitions.map((definition) => [definition.name, definition]));
  }

  /**
   * What holds for a session: its own policy with that of each active service laid over it, the weakest first, by the rules
   * of `mergePolicy`. So the result depends on what is on, not on the order it came. A service that is no longer in the
   * configuration adds nothing.
   */
  inForce(own: Policy, { active }: ServiceStack): Policy {
    const layers = active.flatMap(({ name }) => this.byName.get(name) ?? []).sort(byStrength);
    return layers.reduce((policy, service) => mergePolicy(policy, service.policy), own);
  }

  /**
   * The stack after a switch; what is on already stays, and what is off stays off. `invalid_argument` for a service that is
   * not in the configuration, though one that is on may always be switched off.
   */
  switched(stack: ServiceStack, { activate, deactivate }: ServiceSwitch, nowMs: number, total: Counters): ServiceStack {
    const isOn = (name: string) => stack.active.some((one) => one.name === name);
    const unknown = [...activate, ...deactivate.filter((name) => !isOn(name))].find((name) => !this.byName.has(name));
    if (unknown !== undefined)
      throw new BngError('invalid_argument', `unknown service "${unknown}"`, { field: 'services', service: unknown });
    const added = [...new Set(activate)].filter((name) => !isOn(name));
    const active = [
      ...stack.active.filter(({ name }) => !deactivate.includes(name)),
      ...added.map((name, at) => ({ name, number: stack.count + at + 1, sinceMs: nowMs, from: { ...total } })),
    ];
    return { count: stack.count + added.length, active };
  }
}

/** Services that one stack has and another has not. */
export const missingIn = (stack: ServiceStack, other: ServiceStack): readonly ActiveService[] =>
  stack.active.filter(({ number }) => !other.active.some((one) => one.number === number));

/** The services that a session has from the start begin with it, not with the answer of RADIUS. */
export const startedAt = ({ count, active }: ServiceStack, startedMs: number): ServiceStack => ({
  count,
  active: active.map((one) => (one.sinceMs < startedMs ? { ...one, sinceMs: startedMs } : one)),
});
