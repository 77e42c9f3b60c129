import { z } from 'zod';

const seconds = z.int().min(1).max(0xffffffff);

/** How long NAT keeps a silent mapping; the defaults are VPP's. */
export const natTimeoutsSchema = z.strictObject({
  udpS: seconds.default(300),
  tcpEstablishedS: seconds.default(7440),
  tcpTransitoryS: seconds.default(240),
  icmpS: seconds.default(60),
});
export type NatTimeouts = z.infer<typeof natTimeoutsSchema>;

export const defaultNatTimeouts: NatTimeouts = natTimeoutsSchema.parse({});

/** VPP's words for them. */
export interface VppTimeouts {
  readonly udp: number;
  readonly tcp_established: number;
  readonly tcp_transitory: number;
  readonly icmp: number;
}

export const toVpp = ({ udpS, tcpEstablishedS, tcpTransitoryS, icmpS }: NatTimeouts): VppTimeouts => ({
  udp: udpS,
  tcp_established: tcpEstablishedS,
  tcp_transitory: tcpTransitoryS,
  icmp: icmpS,
});

export const fromVpp = ({ udp, tcp_established, tcp_transitory, icmp }: VppTimeouts): NatTimeouts => ({
  udpS: udp,
  tcpEstablishedS: tcp_established,
  tcpTransitoryS: tcp_transitory,
  icmpS: icmp,
});
