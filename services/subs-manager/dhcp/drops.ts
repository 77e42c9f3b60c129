/** Why a client's message got no answer, with what it means. Each is a label of `bng_subs_dhcp_drops_total`. */
export const dropReasons = {
  not_ready: 'the service is starting or stopping',
  overload: 'as many clients as configured wait to be served',
  stale: 'the client was not heard while it waited for its turn: it has given up',
  protocol_rate: 'all clients of the protocol together send too much',
  malformed: 'no DHCP packet',
  not_request: 'not from a client (op)',
  bad_hardware: 'not Ethernet, or no unicast MAC address',
  unknown_type: 'option 53 absent, or no message a client sends',
  no_relay: 'giaddr is 0: not through the relay',
  unknown_relay: 'giaddr is no relay of ours, or the packet did not come from it',
  no_option82: 'VPP did not say the line',
  bad_option82: 'option 82 cannot be read, or its last instance is not from VPP',
  forged_option82: 'an option 82 of the client itself, in a group without access nodes',
  unknown_line: 'no line with that interface index in this life of VPP',
  gateway_mismatch: 'the relay address is not one of the line: the index may be of another life of VPP',
  stale_lines: 'configd is away: no new attachments, nothing refused',
  no_gateway: 'the line has no IPv4 address',
  no_place: 'the access node did not say which subscriber of a shared line it is (option 82)',
  no_group: 'no group matches the line',
  line_rate: 'the line sends too much',
  coalesced: 'a later copy of the message took its place',
  in_flight: 'RADIUS is being asked',
  terminating: 'the session before it is being taken down',
  line_busy: 'another client of the line is just attaching or leaving',
  line_full: 'as many sessions on the line as allowed',
  rejected_hold: 'refused before, the hold time is not over',
  radius_reject: 'RADIUS said no',
  radius_timeout: 'RADIUS gave no answer',
  bad_policy: 'the answer of RADIUS cannot be used: a rate or a profile',
  address_in_use: 'the address RADIUS gave belongs to another session',
  address_quarantined: 'the address RADIUS gave was declined by a client',
  bad_address: 'the address RADIUS gave is none for a subscriber',
  unknown_pool: 'no such pool',
  pool_exhausted: 'no free address',
  wrong_vrf: 'RADIUS names a VRF that the group may not use, or that the line cannot be moved into',
  route_overlap: 'a prefix that RADIUS routes to the subscriber meets a pool, or what another session has',
  other_server: 'the client took the offer of another server',
  unknown_client: 'no lease known, and the group is not authoritative',
  server_timeout: 'no DHCP server of the group answered',
  server_nak: 'the DHCP server said NAK: the client was told, and the lease is gone',
  bad_answer: 'the DHCP server granted no address, no lease time, or did not say who it is',
  address_not_allowed: 'the DHCP server gave an address outside the prefixes of the group',
  address_changed: 'the DHCP server gave another address than the client has: it starts anew',
  not_relayable: 'too many hops, or an option 82 too long to be relayed',
  unknown_server: 'an answer from no DHCP server of ours',
  unmatched_answer: 'an answer of a DHCP server that nobody waits for',
  unmatched: 'a release, decline or inform that fits no session',
  apply_failed: 'VPP or configd refused the session',
  configd_unavailable: 'configd or VPP is away',
  store_unavailable: 'PostgreSQL is away',
  store_full: 'PostgreSQL has no space left: no new sessions, those there are go on',
  no_ip6: 'the group of the line has no IPv6',
  no_interface_id: 'VPP did not say the line: no relay, or no interface-id of four bytes',
  link_mismatch: 'the link address is not one of the line: the index may be of another life of VPP',
  no_client_id: 'no DUID, or a server where none may be named, or none where one must be (RFC 8415 section 16)',
  bad_association: 'an IA_NA or IA_PD that cannot be read',
  nothing_to_confirm: 'a CONFIRM without addresses',
  internal: 'a fault of ours, see the log',
} as const;

export type DropReason = keyof typeof dropReasons;

/** Drops so far by reason. */
export class Drops {
  private readonly counts = new Map<DropReason, number>();

  constructor(private readonly onDrop: (reason: DropReason) => void = () => {}) {}

  count(reason: DropReason): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
    this.onDrop(reason);
  }

  get byReason(): ReadonlyMap<DropReason, number> {
    return this.counts;
  }
}
