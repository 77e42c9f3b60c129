/** Who gave a session its IPv4 address: a DHCP server of the operator, and its own identifier; empty texts when we did. */
export interface Upstream {
  server: string;
  serverId: string;
}

export const noUpstream = (): Upstream => ({ server: '', serverId: '' });
