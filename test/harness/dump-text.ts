/** Fields that tell of time, of packets, of the speed of the machine, or of where VPP keeps a thing. */
const LEFT_OUT = new Set([
  ...['stats_index', 'context', 'last_update_time', 'current_limit', 'current_bucket', 'extended_limit'],
  ...['extended_bucket', 'last_radv_time', 'last_multicast_time', 'next_multicast_time', 'n_advertisements_sent'],
  ...['n_solicitations_rcvd', 'n_solicitations_dropped', 'initial_adverts_sent', 'valid_lifetime_expires'],
  ...['pref_lifetime_expires', 'last_heard', 'last_sent', 'active_members'],
  ...['scale', 'cir_tokens_per_period', 'pir_tokens_per_period'],
]);
const INTERFACE = /sw_if_index(_[ab])?$|^bvi_sw_if_index$|^rx_sw_if_index$|^tx_sw_if_index$/;
const NONE = 0xffffffff;

/** Rows of dumps as text that is the same in every life of VPP. */
export class DumpText {
  constructor(
    private readonly interfaces: ReadonlyMap<number, string>,
    private readonly policers: ReadonlyMap<number, string>,
    private readonly acls: ReadonlyMap<number, string>,
  ) {}

  of(row: unknown): string {
    return JSON.stringify(this.plain('', row));
  }

  private plain(name: string, value: unknown): unknown {
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'number') return this.number(name, value);
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
    if (Array.isArray(value)) return this.list(name, value);
    if (value === null || typeof value !== 'object') return value;
    const fields = Object.entries(value).filter(([field]) => !LEFT_OUT.has(field));
    return Object.fromEntries(fields.map(([field, inner]) => [field, this.plain(field, inner)]));
  }

  /** The order of a route's paths and of members is VPP's own affair; that of lists and rules is not. */
  private list(name: string, values: readonly unknown[]): unknown {
    const plain = values.map((value) => this.plain(name, value));
    if (!UNORDERED.has(name)) return plain;
    return plain.map((one) => JSON.stringify(one)).sort();
  }

  private number(name: string, value: number): unknown {
    if (INTERFACE.test(name)) return value === NONE ? 'none' : (this.interfaces.get(value) ?? `gone ${value}`);
    if (name === 'policer_index') return this.policers.get(value) ?? `gone ${value}`;
    if (name === 'policy_id' && value >= FIRST_POLICY) return this.number('acl_index', value - FIRST_POLICY);
    if (name === 'acl_index' || name === 'acls') return this.acls.get(value) ?? `gone ${value}`;
    return value;
  }
}

/** configd's ABF policies are numbered by their ACL from here on. */
const FIRST_POLICY = 0x4000_0000;
const UNORDERED = new Set(['paths', 'sw_if_details', 'prefixes', 'ifs', 'peer_addrs']);
