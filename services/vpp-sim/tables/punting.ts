import { retvals } from '#lib/vpp/retval.js';
import type { FibPath } from '#lib/vpp/types.js';
import type { InterfaceTable } from './interfaces.js';
import type { Family } from './ip-tables.js';

const ANY = 0xffffffff;

interface Redirect {
  readonly family: Family;
  /** `~0` for every other interface. */
  readonly from: number;
  readonly paths: FibPath[];
}

/** How often the policer of punted packets stands on each family's way: again with every call (`ip_punt_police`). */
export class PuntPolicers {
  private readonly counts = { ip4: 0, ip6: 0 };

  change(family: Family, isAdd: boolean): number {
    this.counts[family] = Math.max(0, this.counts[family] + (isAdd ? 1 : -1));
    return 0;
  }

  of(family: Family): number {
    return this.counts[family];
  }
}

/** Where punted packets go instead of the host. The interfaces they come from are not looked at. */
export class PuntRedirects {
  private readonly redirects = new Map<string, Redirect>();

  constructor(private readonly interfaces: InterfaceTable) {}

  /** `from` 0 means any as `~0` does. */
  change(family: Family, from: number, paths: FibPath[], isAdd: boolean): number {
    const source = from === 0 ? ANY : from;
    const isGone = (path: FibPath) => path.sw_if_index !== ANY && !this.interfaces.has(path.sw_if_index);
    if (paths.some(isGone)) return retvals.NO_MATCHING_INTERFACE;
    const key = `${family}/${source}`;
    if (isAdd) this.redirects.set(key, { family, from: source, paths });
    else this.redirects.delete(key);
    return 0;
  }

  /** That of any interface first. */
  list(family: Family, from: number): Redirect[] {
    return [...this.redirects.values()]
      .filter((redirect) => redirect.family === family && (from === ANY || redirect.from === from))
      .sort((a, b) => ((a.from + 1) >>> 0) - ((b.from + 1) >>> 0));
  }
}
