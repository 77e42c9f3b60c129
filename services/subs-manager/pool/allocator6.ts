import { ip6Number, ip6Prefix, ip6PrefixText, ip6Text } from '#lib/net/ip6.js';
import type { AddressRefusal, Holder, StoredAddress } from './allocator.js';
import { Held6 } from './held6.js';
import type { Pool6 } from './pool6.js';

/** `address`: by DHCPv6; `delegated`: a prefix by DHCPv6; `advertised`: a prefix in router advertisements. */
export type Kind6 = 'address' | 'delegated' | 'advertised';

/** What is wanted for one session. */
export interface Wish6 {
  sessionId: string;
  /** Gets what it had before when that is free. */
  subscriber: string;
  vrf: string;
  kind: Kind6;
  /** Pools to take from, first one first. */
  pools: readonly string[];
  /** Of RADIUS: this one or none; empty: none given. */
  framed: string;
  /** What the client would like, given when it is free in one of the pools. */
  hint?: string | undefined;
}

export type Answer6 = { ok: true; value: string; pool: string } | { ok: false; reason: AddressRefusal };

const place = (vrf: string, value: string) => `${vrf}|${value}`;

/** In its usual form; undefined when it is neither address nor prefix. */
function plain(value: string): string | undefined {
  const prefix = value.includes('/') ? ip6Prefix(value) : undefined;
  if (prefix) return ip6PrefixText(prefix.first, prefix.length);
  const number = ip6Number(value);
  return number === undefined ? undefined : ip6Text(number);
}

/** Who has which IPv6 address and prefix. The store's unique key is the last word; this answers without asking it. */
export class Allocator6 {
  private readonly pools: ReadonlyMap<string, Pool6>;
  private readonly holders = new Map<string, string>();
  /** By VRF. What two sessions must not have, even in parts. */
  private readonly ranges = new Map<string, Held6>();
  /** Subscriber and kind to what it had last. */
  private readonly habits = new Map<string, string>();
  private readonly quarantine = new Map<string, number>();

  constructor(
    pools: readonly Pool6[],
    /** Addresses of our own (gateways), never given away. */
    private readonly isOwn: (address: string) => boolean,
  ) {
    this.pools = new Map(pools.map((pool) => [pool.name, pool]));
  }

  /** Rebuilds from the rows, longest free first. */
  restore(rows: readonly StoredAddress[], nowMs: number): void {
    for (const { vrf, ipv4: value, subscriber, sessionId, quarantineUntilMs } of rows) {
      const pool = this.poolOf(value, vrf);
      this.habits.set(`${kindOf(value, pool)}|${subscriber}`, value);
      if (sessionId !== undefined) {
        this.holders.set(place(vrf, value), sessionId);
        this.rangesOf(vrf).add(value, sessionId);
        pool?.take(value, nowMs);
      } else if (quarantineUntilMs > nowMs) {
        this.quarantine.set(place(vrf, value), quarantineUntilMs);
        pool?.release(value, quarantineUntilMs);
      } else pool?.release(value);
    }
  }

  reserve(wish: Wish6, nowMs: number): Answer6 {
    if (wish.framed !== '') return this.reserveFramed(wish, nowMs);
    const named = wish.pools.map((name) => this.pools.get(name));
    const pools = named.includes(undefined) ? [] : named.filter((pool) => pool?.serves(wish.vrf));
    if (pools.length === 0) return { ok: false, reason: 'unknown_pool' };
    for (const known of [this.habits.get(`${wish.kind}|${wish.subscriber}`), wish.hint]) {
      const value = known === undefined ? undefined : plain(known);
      if (value === undefined || !this.isFree(wish, value)) continue;
      const pool = pools.find((candidate) => candidate?.take(value, nowMs));
      if (pool) return this.hold(wish, value, pool.name);
    }
    for (const pool of pools) {
      const value = pool?.takeAny(nowMs, (candidate) => this.isFree(wish, candidate));
      if (pool && value !== undefined) return this.hold(wish, value, pool.name);
    }
    return { ok: false, reason: 'pool_exhausted' };
  }

  private reserveFramed(wish: Wish6, nowMs: number): Answer6 {
    const value = plain(wish.framed);
    if (value === undefined || this.isOwn(value)) return { ok: false, reason: 'bad_address' };
    if (this.isHeld(wish, value)) return { ok: false, reason: 'address_in_use' };
    if ((this.quarantine.get(place(wish.vrf, value)) ?? 0) > nowMs) return { ok: false, reason: 'address_quarantined' };
    const pool = this.poolOf(value, wish.vrf);
    if (pool && !pool.take(value, nowMs)) return { ok: false, reason: 'address_in_use' };
    return this.hold(wish, value, pool?.name ?? '');
  }

  private hold({ sessionId, subscriber, vrf, kind }: Wish6, value: string, pool: string): Answer6 {
    this.holders.set(place(vrf, value), sessionId);
    this.rangesOf(vrf).add(value, sessionId);
    this.habits.set(`${kind}|${subscriber}`, value);
    this.quarantine.delete(place(vrf, value));
    return { ok: true, value, pool };
  }

  /** A session goes to another VRF with an address or prefix: it holds it in both until it leaves one. */
  keep({ sessionId, vrf }: Holder, from: string, value: string, nowMs: number): Answer6 {
    if (this.isHeld({ sessionId, vrf }, value)) return { ok: false, reason: 'address_in_use' };
    if ((this.quarantine.get(place(vrf, value)) ?? 0) > nowMs) return { ok: false, reason: 'address_quarantined' };
    const pool = this.poolOf(value, vrf);
    if (pool && pool !== this.poolOf(value, from) && !pool.take(value, nowMs))
      return { ok: false, reason: 'address_in_use' };
    this.holders.set(place(vrf, value), sessionId);
    this.rangesOf(vrf).add(value, sessionId);
    return { ok: true, value, pool: pool?.name ?? '' };
  }

  /** Gives back in one VRF what `keep` made the session hold in two; a no-op for anybody else's. */
  leave(sessionId: string, vrf: string, stays: string, value: string): void {
    if (this.holders.get(place(vrf, value)) !== sessionId) return;
    this.holders.delete(place(vrf, value));
    this.rangesOf(vrf).remove(value);
    const pool = this.poolOf(value, vrf);
    if (pool !== this.poolOf(value, stays)) pool?.release(value);
  }

  /** Gives back what `sessionId` holds; a no-op for anybody else's. */
  release(sessionId: string, vrf: string, value: string, quarantineUntilMs = 0): void {
    if (value === '' || this.holders.get(place(vrf, value)) !== sessionId) return;
    this.holders.delete(place(vrf, value));
    this.rangesOf(vrf).remove(value);
    if (quarantineUntilMs > 0) this.quarantine.set(place(vrf, value), quarantineUntilMs);
    this.poolOf(value, vrf)?.release(value, quarantineUntilMs);
  }

  /** Who holds an address or prefix now. */
  holderOf(vrf: string, value: string): string | undefined {
    return this.holders.get(place(vrf, value));
  }

  /** Every address and prefix that is held: VRF, itself, session id. */
  *held(): Generator<{ vrf: string; ipv4: string; sessionId: string }> {
    for (const [key, sessionId] of this.holders) {
      const at = key.lastIndexOf('|');
      yield { vrf: key.slice(0, at), ipv4: key.slice(at + 1), sessionId };
    }
  }

  private isFree(wish: Wish6, value: string): boolean {
    return !this.isHeld(wish, value) && !this.isOwn(value);
  }

  /** By anybody as it is, or by another session in parts; a session's own address may lie in its own prefix. */
  private isHeld({ vrf, sessionId }: Pick<Holder, 'vrf' | 'sessionId'>, value: string): boolean {
    return this.holders.has(place(vrf, value)) || this.rangesOf(vrf).isTaken(value, sessionId);
  }

  private rangesOf(vrf: string): Held6 {
    const ranges = this.ranges.get(vrf) ?? new Held6();
    this.ranges.set(vrf, ranges);
    return ranges;
  }

  private poolOf(value: string, vrf: string): Pool6 | undefined {
    for (const pool of this.pools.values()) if (pool.serves(vrf) && pool.contains(value)) return pool;
    return undefined;
  }
}

/** What a stored value was given as. A /64 of no pool of longer or shorter prefixes was advertised. */
function kindOf(value: string, pool: Pool6 | undefined): Kind6 {
  if (!value.includes('/')) return 'address';
  return (pool?.length ?? Number(value.split('/')[1])) === 64 ? 'advertised' : 'delegated';
}
