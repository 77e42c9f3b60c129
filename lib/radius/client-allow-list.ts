import ipaddr from 'ipaddr.js';

/** Who may send requests to a listener. The longest matching prefix wins. */
export interface AllowedClient {
  readonly name: string;
  /** Address or prefix, `192.0.2.1` or `2001:db8::/32`. */
  readonly prefix: string;
  readonly secret: Buffer;
  /** Default true. Senders older than the Blast-RADIUS fixes may need false (CVE-2024-3596 does not reach CoA). */
  readonly requireMessageAuthenticator?: boolean;
}

type Parsed = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

function parse(prefix: string): Parsed {
  if (prefix.includes('/')) return ipaddr.parseCIDR(prefix);
  const address = ipaddr.process(prefix);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** Finds a sender's entry by its address. */
export class ClientAllowList {
  private readonly entries: readonly { readonly client: AllowedClient; readonly parsed: Parsed }[];

  /** @throws Error when a prefix is neither an address nor a prefix. */
  constructor(clients: readonly AllowedClient[]) {
    this.entries = clients
      .map((client) => ({ client, parsed: parse(client.prefix) }))
      .sort((a, b) => b.parsed[1] - a.parsed[1]);
  }

  /** The entry for an address as the socket reports it; IPv4-mapped addresses count as IPv4. */
  find(address: string): AllowedClient | undefined {
    const sender = ipaddr.process(address.replace(/%.*/, ''));
    return this.entries.find(({ parsed: [network, bits] }) => {
      return network.kind() === sender.kind() && sender.match(network, bits);
    })?.client;
  }
}
