/** What is known of a next hop. */
export interface NextHopHealth {
  /** Whether packets should go to it. */
  readonly usable: boolean;
  /** Part of its weight that it is worth, above 0 and up to 1. */
  readonly worth: number;
}

/**
 * Says which next hops are alive. The monitor asks them by ICMP; a routing daemon (BFD, BGP) that knows better may take its
 * place: what follows from it for the routes stays the same.
 */
export interface NextHopSource {
  /** Of the next hop with this name in the configuration; undefined: nothing is known, so it stays as configured. */
  healthOf(name: string): NextHopHealth | undefined;
  /** Calls back with the names whose health is another now; returns what ends it. */
  onChange(listener: (names: ReadonlySet<string>) => void): () => void;
}
