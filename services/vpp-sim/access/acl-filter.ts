import type { EthernetFrame } from '#lib/net/frame.js';
import type { Dataplane } from '../dataplane.js';
import { ACTION, firstMatch, sender } from './acl-match.js';
import type { DropReason } from './egress.js';
import { answersTo, type Flow, flowOf } from './flow.js';
import type { Ip4Packet } from './ip4.js';

type Direction = 'input' | 'output';

const NODES = { input: 'acl-plugin-in-ip4-fa', output: 'acl-plugin-out-ip4-fa' } as const;
const MACIP_NODE = 'ip4-inacl';
const OTHER = { input: 'output', output: 'input' } as const;
/** Flows remembered; beyond it the oldest is forgotten. */
const maxSessions = 500_000;

/** A flow that a reflecting rule let through, and the lists that were in force then. */
interface Session {
  readonly swIfIndex: number;
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/** The ACL plugin's and the MACIP filter's judgement of IPv4 packets on their interface. */
export class AclFilter {
  private readonly sessions = new Map<string, Session>();

  constructor(private readonly dataplane: Dataplane) {
    dataplane.interfaces.onDelete((swIfIndex) => this.forget(swIfIndex));
  }

  /**
   * The lists of one direction, in order: the first rule that matches in any of them decides, none denies. A direction
   * without a list lets everything pass. A session goes before the lists, and ends when other lists come on its interface;
   * a list whose rules are replaced leaves it (VPP's `reclassify-sessions 0`, its default). The rule that decides counts
   * the packet with these bytes.
   */
  judge(direction: Direction, swIfIndex: number, packet: Ip4Packet, countedBytes: number): DropReason {
    const lists = this.dataplane.acls.listsOf(swIfIndex)[direction];
    if (lists.length === 0) return undefined;
    const flow = flowOf(packet);
    this.count(direction, 'checked packets');
    if (this.isKnown(direction, swIfIndex, flow)) {
      this.count(direction, 'existing session packets');
      return undefined;
    }
    const action = this.decide(lists, flow, countedBytes);
    if (action === ACTION.deny) return `${NODES[direction]}/ACL deny packets`;
    this.count(direction, action === ACTION.reflect ? 'new sessions added' : 'ACL permit packets');
    if (action === ACTION.reflect) this.remember(direction, swIfIndex, flow);
    return undefined;
  }

  /**
   * MACIP: who may send on this interface. ARP is not asked. Two tags match only with 0x88a8 as the outer one, which
   * af_packet never hands up: there nobody may.
   */
  judgeSender(swIfIndex: number, { sourceMac, tags }: EthernetFrame, { sourceIp }: Ip4Packet): DropReason {
    const { macip } = this.dataplane;
    const index = macip.appliedTo(swIfIndex);
    const [list] = index === undefined ? [] : macip.list(index);
    if (!list) return undefined;
    const verdict = tags.length > 1 ? 'miss' : sender(list.rules, sourceMac, sourceIp);
    if (verdict === 'miss') return `${MACIP_NODE}/input ACL misses`;
    if (verdict === 'deny') return `${MACIP_NODE}/input ACL hits`;
    this.dataplane.counters.error(`${MACIP_NODE}/input ACL hits`);
    return undefined;
  }

  private decide(lists: readonly number[], flow: Flow, bytes: number): number {
    const { acls } = this.dataplane;
    for (const index of lists)
      for (const { rules } of acls.list(index)) {
        const position = firstMatch(rules, flow);
        const rule = rules[position];
        if (!rule) continue;
        acls.matches.count(index, position, bytes);
        return rule.is_permit;
      }
    return ACTION.deny;
  }

  private isKnown(direction: Direction, swIfIndex: number, flow: Flow): boolean {
    const key = keyOf(direction, swIfIndex, flow);
    const session = this.sessions.get(key);
    if (!session) return false;
    const { input, output } = this.dataplane.acls.listsOf(swIfIndex);
    if (sameLists(session.input, input) && sameLists(session.output, output)) return true;
    this.forget(swIfIndex);
    return false;
  }

  private remember(direction: Direction, swIfIndex: number, flow: Flow): void {
    const { input, output } = this.dataplane.acls.listsOf(swIfIndex);
    const session = { swIfIndex, input, output };
    this.sessions.set(keyOf(direction, swIfIndex, flow), session);
    const back = answersTo(flow);
    if (back) this.sessions.set(keyOf(OTHER[direction], swIfIndex, back), session);
    for (const oldest of this.sessions.keys()) {
      if (this.sessions.size <= maxSessions) break;
      this.sessions.delete(oldest);
    }
  }

  private forget(swIfIndex: number): void {
    for (const [key, session] of this.sessions) if (session.swIfIndex === swIfIndex) this.sessions.delete(key);
  }

  private count(direction: Direction, text: string): void {
    this.dataplane.counters.error(`${NODES[direction]}/${text}`);
  }
}

const keyOf = (direction: Direction, swIfIndex: number, flow: Flow): string =>
  [swIfIndex, direction, flow.protocol, flow.sourceIp, flow.first, flow.destinationIp, flow.second].join(' ');

/** The same lists in any order. */
const sameLists = (before: readonly number[], now: readonly number[]): boolean =>
  before === now || (before.length === now.length && before.every((index) => now.includes(index)));
