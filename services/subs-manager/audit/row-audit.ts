import { SessionState } from '#gen/bng/v1/subs.js';
import type { Authorizer } from '../clients/aaa.js';
import type { SessionContext } from '../session/context.js';
import { ip6Json } from '../session/ip6.js';
import { stackJson } from '../session/services.js';
import type { Session } from '../session/session.js';
import { asSessionId, type SessionId } from '../session/session-id.js';
import type { Terminator } from '../session/terminator.js';
import type { Store } from '../store.js';
import { policyJson } from '../store-rows.js';
import { compareSessions, type Difference, differingFields } from './compare.js';
import { finding, type PartResult } from './finding.js';
import { holdSessions } from './hold.js';

interface RowAuditParts {
  readonly context: Pick<SessionContext, 'index' | 'serial' | 'ledger' | 'clock'>;
  readonly store: Pick<Store, 'load'>;
  readonly terminator: Pick<Terminator, 'bury'>;
  readonly authorizer: Pick<Authorizer, 'auditAccounting'>;
}

/** What a row has to say of an active session; leases and counters move on by themselves. */
const rowText = (session: Session): string =>
  JSON.stringify({
    line: session.line,
    place: session.place,
    mac: session.mac,
    vrf: session.vrf,
    ipv4: session.up4 ? session.ipv4 : '',
    ip6: withoutTimes(session),
    userName: session.userName,
    group: session.group,
    policy: policyJson(session.policy),
    services: stackJson(session.services),
  });

function withoutTimes({ ip6 }: Session): unknown {
  const { leaseExpiresMs: _e, leaseS: _l, heldUntilMs: _h, ...rest } = ip6Json(ip6);
  return rest;
}

/** Sessions in memory beside their rows in PostgreSQL. */
export class RowAudit {
  constructor(private readonly parts: RowAuditParts) {}

  /** Rejects while PostgreSQL is away. */
  async run(repair: boolean): Promise<PartResult> {
    const { index, serial } = this.parts.context;
    const suspects = (await this.look()).differences.map(({ id }) => id);
    if (suspects.length === 0) return { compared: index.count(SessionState.ACTIVE), findings: [] };
    return holdSessions(serial, suspects, async (held) => {
      const { differences, rows } = await this.look();
      const sure = differences.filter(({ id }) => held.has(id));
      const findings = [];
      for (const one of sure) findings.push(await this.told(one, rows.get(one.id), repair));
      return { compared: index.count(SessionState.ACTIVE), findings };
    });
  }

  private async look(): Promise<{ differences: Difference[]; rows: ReadonlyMap<SessionId, Session> }> {
    const { index, clock } = this.parts.context;
    const stored = await this.parts.store.load(clock.nowMs());
    const rows = new Map(stored.sessions.map((session) => [session.id, session]));
    const active = index.inState(SessionState.ACTIVE);
    const differences = compareSessions(
      new Map(active.map((session) => [session.id, rowText(session)])),
      new Map([...rows].map(([id, row]) => [id, rowText(row)])),
      // An offer may have a row whose commit was not confirmed; what ends has one until it has ended.
      (id) => index.get(id) !== undefined,
    );
    return { differences, rows };
  }

  private async told({ id, fault, ...texts }: Difference, row: Session | undefined, repair: boolean) {
    const one = finding('sessions', fault, id, { sessionId: id, ...differingFields(texts.expected, texts.found) });
    if (!repair) return one;
    const [repaired, note] = await (fault === 'extra' && row ? this.bury(row) : this.writeRow(id)).then(
      (text) => [true, text] as const,
      (error: unknown) => [false, String(error instanceof Error ? error.message : error)] as const,
    );
    return { ...one, repaired, note };
  }

  /** Nobody knows the session any more: it leaves VPP, its addresses are freed, and its Stop is told. */
  private async bury(row: Session): Promise<string> {
    await this.parts.terminator.bury(row, 'found in PostgreSQL only, by an audit');
    return 'ended';
  }

  /** Events go on after the last one that accounting knows of. */
  private async writeRow(sessionId: SessionId): Promise<string> {
    const { index, ledger } = this.parts.context;
    const session = index.get(asSessionId(sessionId));
    if (session?.state !== SessionState.ACTIVE) throw new Error('the session is not active any more');
    const { lastSequence } = await this.parts.authorizer.auditAccounting([], sessionId);
    await ledger.write({ kind: 'row', session, sequence: Math.max(1, Number(lastSequence)) });
    return 'row written again';
  }
}
