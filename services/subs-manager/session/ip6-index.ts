import { ip6Prefix, ip6PrefixText, ip6Text } from '#lib/net/ip6.js';

/** The parts of a session that the index looks at. */
interface Indexed {
  readonly ip6: {
    readonly linkLocal: string;
    readonly address: string;
    readonly delegated: string;
    readonly framed: string;
  };
  readonly granted: { readonly ipv6: { readonly routes: readonly string[] } };
}

const lengthOf = (text: string): number => Number(text.split('/')[1] ?? 128);

/** Sessions by their IPv6 addresses and prefixes, and by an address within one of the prefixes. */
export class Ip6Index<S extends Indexed> {
  private readonly byText = new Map<string, Set<S>>();
  private readonly textsOf = new Map<S, readonly string[]>();
  /** How many prefixes there are of each length. */
  private readonly lengths = new Map<number, number>();

  /** Brings the index up to date with what the session has now. */
  note(session: S): void {
    this.drop(session);
    const { linkLocal, address, delegated, framed } = session.ip6;
    const texts = [linkLocal, address, delegated, framed, ...session.granted.ipv6.routes].filter((text) => text !== '');
    if (texts.length === 0) return;
    this.textsOf.set(session, texts);
    for (const text of texts) {
      this.byText.set(text, (this.byText.get(text) ?? new Set()).add(session));
      this.count(text, 1);
    }
  }

  drop(session: S): void {
    for (const text of this.textsOf.get(session) ?? []) {
      const sessions = this.byText.get(text);
      if (sessions?.delete(session) && sessions.size === 0) this.byText.delete(text);
      this.count(text, -1);
    }
    this.textsOf.delete(session);
  }

  private count(text: string, change: 1 | -1): void {
    const length = lengthOf(text);
    const left = (this.lengths.get(length) ?? 0) + change;
    if (left === 0) this.lengths.delete(length);
    else this.lengths.set(length, left);
  }

  /** Sessions that have this address or prefix, or a prefix that it lies in. Empty for text that is neither. */
  find(text: string): S[] {
    const wanted = ip6Prefix(text.includes('/') ? text : `${text}/128`);
    if (wanted === undefined) return [];
    const found = new Set<S>();
    if (wanted.length === 128) for (const session of this.byText.get(ip6Text(wanted.first)) ?? []) found.add(session);
    for (const length of this.lengths.keys()) {
      if (length > wanted.length) continue;
      const around = ip6Prefix(`${ip6Text(wanted.first)}/${length}`);
      const key = around && ip6PrefixText(around.first, length);
      for (const session of this.byText.get(key ?? '') ?? []) found.add(session);
    }
    return [...found];
  }
}

/** A filter by address or prefix: true for what holds it, or is held by it. Undefined for text that is neither. */
export function ip6Pattern(text: string): ((values: readonly string[]) => boolean) | undefined {
  const wanted = ip6Prefix(text.includes('/') ? text : `${text}/128`);
  if (wanted === undefined) return undefined;
  return (values) =>
    values.some((value) => {
      const own = ip6Prefix(value.includes('/') ? value : `${value}/128`);
      return own !== undefined && own.first <= wanted.last && wanted.first <= own.last;
    });
}
