import { ip4Number, ip4Text } from '#lib/net/address.js';
import type { Pool } from './pool.js';

/** What is wanted for one session. */
export interface AddressWish {
  sessionId: string;
  /** Who it is for as it comes back: gets the address it had before when that is free. */
  subscriber: string;
  vrf: string;
  /** Pools to take from, first one first. */
  pools: readonly string[];
  /** Framed-IP-Address of RADIUS: this one or none. */
  framed?: string | undefined;
  /** What the client asked for (option 50), given when it is free in one of the pools. */
  hint?: string | undefined;
}

/** For whom an address is held, and where. */
export type Holder = Pick<AddressWish, 'sessionId' | 'subscriber' | 'vrf'>;

export type AddressRefusal =
  | 'address_in_use'
  | 'address_quarantined'
  | 'bad_address'
  | 'unknown_pool'
  | 'pool_exhausted';

export type AddressAnswer = { ok: true; ipv4: string; pool: string } | { ok: false; reason: AddressRefusal };

/** An address row as it was stored. */
export interface StoredAddress {
  vrf: string;
  ipv4: string;
  subscriber: string;
  /** Absent: free. */
  sessionId?: string | undefined;
  quarantineUntilMs: number;
}

const place = (vrf: string, ipv4: string) => `${vrf}|${ipv4}`;

/** Who has which address. The store's unique key is the last word; this answers without asking it. */
export class Allocator {
  private readonly pools: ReadonlyMap<string, Pool>;
  private readonly holders = new Map<string, string>();
  /** Subscriber to its last address, and back; one subscriber per address. */
  private readonly habits = new Map<string, string>();
  private readonly lastSubscribers = new Map<string, string>();
  private readonly quarantine = new Map<string, number>();

  constructor(
    pools: readonly Pool[],
    /** Addresses of our own (gateways), never given away. */
    private readonly isOwn: (ipv4: string) => boolean,
  ) {
    this.pools = new Map(pools.map((pool) => [pool.name, pool]));
  }

  /** Rebuilds from the rows, longest free first. */
  restore(rows: readonly StoredAddress[], nowMs: number): void {
    for (const { vrf, ipv4, subscriber, sessionId, quarantineUntilMs } of rows) {
      this.remember(subscriber, vrf, ipv4);
      const address = ip4Number(ipv4) ?? 0;
      const pool = this.poolOf(address, vrf);
      if (sessionId !== undefined) {
        this.holders.set(place(vrf, ipv4), sessionId);
        pool?.take(address, nowMs);
      } else if (quarantineUntilMs > nowMs) {
        this.quarantine.set(place(vrf, ipv4), quarantineUntilMs);
        pool?.release(address, quarantineUntilMs);
      } else pool?.release(address);
    }
  }

  reserve(wish: AddressWish, nowMs: number): AddressAnswer {
    if (wish.framed !== undefined && wish.framed !== '') return this.reserveFramed(wish, wish.framed, nowMs);
    const pools = this.chain(wish);
    if (pools.length === 0) return { ok: false, reason: 'unknown_pool' };
    for (const known of [this.habits.get(wish.subscriber), wish.hint]) {
      const address = known === undefined ? undefined : ip4Number(known);
      if (address === undefined || !this.isFree(wish.vrf, ip4Text(address))) continue;
      const pool = pools.find((candidate) => candidate.take(address, nowMs));
      if (pool) return this.hold(wish, address, pool.name);
    }
    for (const pool of pools) {
      const address = pool.takeAny(nowMs, (candidate) => this.isFree(wish.vrf, ip4Text(candidate)));
      if (address !== undefined) return this.hold(wish, address, pool.name);
    }
    return { ok: false, reason: 'pool_exhausted' };
  }

  /** The pools wished for and what they overflow into, as far as they serve the VRF; empty when one is not known. */
  private chain({ pools, vrf }: AddressWish): Pool[] {
    const chain = new Set<Pool>();
    for (const first of pools) {
      if (!this.pools.has(first)) return [];
      for (let pool = this.pools.get(first); pool && !chain.has(pool); pool = this.pools.get(pool.overflow ?? ''))
        chain.add(pool);
    }
    return [...chain].filter((pool) => pool.serves(vrf));
  }

  private reserveFramed(wish: AddressWish, framed: string, nowMs: number): AddressAnswer {
    const address = ip4Number(framed);
    if (address === undefined || address === 0 || address >= 0xe0000000 || this.isOwn(framed))
      return { ok: false, reason: 'bad_address' };
    if (this.holders.has(place(wish.vrf, framed))) return { ok: false, reason: 'address_in_use' };
    if ((this.quarantine.get(place(wish.vrf, framed)) ?? 0) > nowMs)
      return { ok: false, reason: 'address_quarantined' };
    const pool = this.poolOf(address, wish.vrf);
    if (pool && !pool.take(address, nowMs)) return { ok: false, reason: 'address_in_use' };
    return this.hold(wish, address, pool?.name ?? '');
  }

  /** A session goes to another VRF with its address: it holds it in both until it leaves one. */
  keep(wish: Holder, from: string, ipv4: string, nowMs: number): AddressAnswer {
    if (this.holders.has(place(wish.vrf, ipv4))) return { ok: false, reason: 'address_in_use' };
    if ((this.quarantine.get(place(wish.vrf, ipv4)) ?? 0) > nowMs) return { ok: false, reason: 'address_quarantined' };
    const address = ip4Number(ipv4) ?? 0;
    const pool = this.poolOf(address, wish.vrf);
    const isTaken = pool !== undefined && pool !== this.poolOf(address, from) && !pool.take(address, nowMs);
    return isTaken ? { ok: false, reason: 'address_in_use' } : this.hold(wish, address, pool?.name ?? '');
  }

  /** Gives back in one VRF what `keep` made the session hold in two; a no-op for anybody else's address. */
  leave(sessionId: string, vrf: string, stays: string, ipv4: string): void {
    if (this.holders.get(place(vrf, ipv4)) !== sessionId) return;
    this.holders.delete(place(vrf, ipv4));
    const address = ip4Number(ipv4) ?? 0;
    const pool = this.poolOf(address, vrf);
    if (pool !== this.poolOf(address, stays)) pool?.release(address);
  }

  private hold(wish: Holder, address: number, pool: string): AddressAnswer {
    const ipv4 = ip4Text(address);
    this.holders.set(place(wish.vrf, ipv4), wish.sessionId);
    this.remember(wish.subscriber, wish.vrf, ipv4);
    this.quarantine.delete(place(wish.vrf, ipv4));
    return { ok: true, ipv4, pool };
  }

  private remember(subscriber: string, vrf: string, ipv4: string): void {
    const before = this.lastSubscribers.get(place(vrf, ipv4));
    if (before !== undefined && this.habits.get(before) === ipv4) this.habits.delete(before);
    this.habits.set(subscriber, ipv4);
    this.lastSubscribers.set(place(vrf, ipv4), subscriber);
  }

  /** Gives back what `sessionId` holds; a no-op for anybody else's address. */
  release(sessionId: string, vrf: string, ipv4: string, quarantineUntilMs = 0): void {
    if (ipv4 === '' || this.holders.get(place(vrf, ipv4)) !== sessionId) return;
    this.holders.delete(place(vrf, ipv4));
    if (quarantineUntilMs > 0) this.quarantine.set(place(vrf, ipv4), quarantineUntilMs);
    const address = ip4Number(ipv4) ?? 0;
    this.poolOf(address, vrf)?.release(address, quarantineUntilMs);
  }

  /** Who holds an address now. */
  holderOf(vrf: string, ipv4: string): string | undefined {
    return this.holders.get(place(vrf, ipv4));
  }

  /** Every address that is held: VRF, address, session id. */
  *held(): Generator<{ vrf: string; ipv4: string; sessionId: string }> {
    for (const [key, sessionId] of this.holders) {
      const at = key.lastIndexOf('|');
      yield { vrf: key.slice(0, at), ipv4: key.slice(at + 1), sessionId };
    }
  }

  private isFree(vrf: string, ipv4: string): boolean {
    return !this.holders.has(place(vrf, ipv4)) && !this.isOwn(ipv4);
  }

  private poolOf(address: number, vrf: string): Pool | undefined {
    for (const pool of this.pools.values()) if (pool.serves(vrf) && pool.contains(address)) return pool;
    return undefined;
  }
}
