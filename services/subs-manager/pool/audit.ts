import { SessionState } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import { ip6Places } from '../session/ip6.js';
import type { Session } from '../session/session.js';
import { asSessionId, type SessionId } from '../session/session-id.js';
import type { AddressRow } from '../store.js';
import type { StoredAddress } from './allocator.js';

/** What can be wrong with an address or prefix, and what a repair does. */
export const addressFaults = {
  leaked: 'held for a session that does not exist; a repair frees it',
  orphan_row: 'the store says a session has it that does not exist; a repair frees it',
  not_held: 'a session uses it and it is not held for it; a repair holds it unless another session has it',
  row_missing: 'an active session uses it and the store does not say so; a repair writes it unless another has it',
} as const;
type AddressFault = keyof typeof addressFaults;

export interface AddressFinding {
  fault: AddressFault;
  vrf: string;
  /** An IPv4 or IPv6 address, or an IPv6 prefix. */
  ipv4: string;
  sessionId: string;
  repaired: boolean;
  /** What the repair did, or why there was none; empty without one. */
  note: string;
}

/** Either family's allocator, as far as an audit needs it. */
interface Addresses {
  held(): Iterable<{ vrf: string; ipv4: string; sessionId: string }>;
  holderOf(vrf: string, address: string): string | undefined;
  release(sessionId: string, vrf: string, address: string): void;
  restore(rows: readonly StoredAddress[], nowMs: number): void;
}

interface AuditParts {
  allocator: Addresses;
  allocator6: Addresses;
  sessions: { get(id: SessionId): Session | undefined; all(): Iterable<Session> };
  store: {
    addressFaults(): Promise<{ unheld: AddressRow[]; orphans: AddressRow[] }>;
    freeOrphan(row: AddressRow): Promise<void>;
    holdAgain(session: Session): Promise<void>;
  };
}

const finding = (fault: AddressFault, at: { vrf: string; ipv4: string }, sessionId: string): AddressFinding => ({
  fault,
  vrf: at.vrf,
  ipv4: at.ipv4,
  sessionId,
  repaired: false,
  note: '',
});

/** Compares who holds which address and prefix with the sessions, in memory and in the store. */
export class AddressAudit {
  constructor(private readonly parts: AuditParts) {}

  /** What memory alone tells; cheap enough for every scrape. */
  inMemory(): AddressFinding[] {
    const { allocator, allocator6, sessions } = this.parts;
    const leaked = [...allocator.held(), ...allocator6.held()]
      .filter(({ sessionId }) => sessions.get(asSessionId(sessionId)) === undefined)
      .map((held) => finding('leaked', held, held.sessionId));
    const notHeld = [...sessions.all()]
      .filter(({ state }) => state === SessionState.ACTIVE)
      .flatMap(({ id, vrf, ipv4, ip6 }) =>
        [ipv4, ...ip6Places(ip6)]
          .filter((address) => address !== '' && this.of(address).holderOf(vrf, address) !== id)
          .map((address) => finding('not_held', { vrf, ipv4: address }, id)),
      );
    return [...leaked, ...notHeld];
  }

  /** Everything; with `repair` what can be mended is mended. Rejects with `unavailable` without the store. */
  async run(repair: boolean): Promise<AddressFinding[]> {
    const { unheld, orphans } = await this.parts.store.addressFaults();
    const findings = [
      ...this.inMemory(),
      ...unheld.map((row) => finding('row_missing', row, row.session_id)),
      ...orphans.map((row) => finding('orphan_row', row, row.session_id)),
    ];
    if (repair) for (const one of findings) await this.repair(one);
    return findings;
  }

  private of(address: string): Addresses {
    return address.includes(':') ? this.parts.allocator6 : this.parts.allocator;
  }

  private async repair(one: AddressFinding): Promise<void> {
    try {
      one.note = await this.mend(one);
      one.repaired = true;
    } catch (error) {
      one.note = BngError.from(error).message;
    }
  }

  private async mend({ fault, vrf, ipv4, sessionId }: AddressFinding): Promise<string> {
    const session = this.parts.sessions.get(asSessionId(sessionId));
    switch (fault) {
      case 'leaked':
        if (session === undefined) this.of(ipv4).release(sessionId, vrf, ipv4);
        return 'freed';
      case 'orphan_row':
        await this.parts.store.freeOrphan({ vrf, ipv4, session_id: sessionId });
        return 'freed';
      case 'not_held':
        return this.hold(session, ipv4);
      case 'row_missing':
        await this.parts.store.holdAgain(active(session));
        return 'row written again';
    }
  }

  private hold(session: Session | undefined, address: string): string {
    const { id, vrf, addressKey } = active(session);
    const other = this.of(address).holderOf(vrf, address);
    if (other !== undefined && other !== id)
      throw new BngError('conflict', `held for session ${other}: end one of the two by hand`);
    const row = { vrf, ipv4: address, subscriber: addressKey, sessionId: id, quarantineUntilMs: 0 };
    this.of(address).restore([row], 0);
    return 'held again';
  }
}

function active(session: Session | undefined): Session {
  if (session?.state === SessionState.ACTIVE) return session;
  throw new BngError('stale', 'the session is not active any more');
}
