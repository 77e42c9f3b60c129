import type { SubscriberFilter } from '#gen/bng/v1/subs.js';
import type {
  ExportRequest_Format,
  FindResponse,
  RateSample,
  TopRequest_Order,
  TopResponse,
} from '#gen/bng/v1/subs_tools.js';
import type { Component, StateHolder } from '#lib/kernel/lifecycle.js';
import { findByKey } from '../session/select.js';
import { toMessage } from '../session/session.js';
import { exportSessions } from './export.js';
import { Finder } from './find.js';
import { type RateParts, Rates } from './rates.js';

/** `asked` within its bounds; `usual` when nothing was asked for. */
const bounded = (asked: number, usual: number, most: number): number => Math.min(asked === 0 ? usual : asked, most);

/** How often names of sessions that came or changed are made ready for searches. */
const PREPARE_MS = 30_000;

export type ToolParts = RateParts & { readonly state: Pick<StateHolder, 'observe' | 'state'> };

/** What a NOC does with subscribers beyond one at a time. */
export class SubscriberTools implements Component {
  readonly name = 'tools';
  private readonly finder: Finder;
  private readonly ends = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private preparing: Promise<void> | undefined;
  private readonly rates: Rates;

  constructor(private readonly parts: ToolParts) {
    this.finder = new Finder(parts.index);
    this.rates = new Rates(parts);
  }

  /** From readiness on names are made ready in the background; nobody waits for it. */
  async start(): Promise<void> {
    const { state } = this.parts;
    state.observe((now) => now === 'ready' && void this.prepare());
    this.timer = setInterval(() => state.state === 'ready' && void this.prepare(), PREPARE_MS);
  }

  /** Resolves when the names of all sessions are ready for searches. Never rejects. */
  prepare(): Promise<void> {
    this.preparing ??= this.finder.prepare(this.ends.signal).finally(() => {
      this.preparing = undefined;
    });
    return this.preparing;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.ends.abort();
    await this.preparing;
  }

  /** Sessions by any name, whole or in part. */
  async find({ text, limit }: { text: string; limit: number }): Promise<FindResponse> {
    const { found, total } = await this.finder.find(text, bounded(limit, 20, 1000));
    const shown = found.map(({ session, keys, whole }) => ({ session: toMessage(session), keys: [...keys], whole }));
    return { found: shown, total };
  }

  /** The rate of one session, every second. */
  watchRate(key: string, signal: AbortSignal): AsyncGenerator<RateSample> {
    return this.rates.watch(findByKey(this.parts.index, key), signal);
  }

  /** Who sends or receives most. */
  top({ order, limit, filter }: TopQuestion): Promise<TopResponse> {
    return this.rates.top(order, bounded(limit, 10, 1000), filter);
  }

  /** Sessions that match as the text of a file, in pieces. */
  export(filter: SubscriberFilter | undefined, format: ExportRequest_Format): AsyncGenerator<string> {
    return exportSessions(this.parts.index, filter, format);
  }
}

interface TopQuestion {
  order: TopRequest_Order;
  limit: number;
  filter?: SubscriberFilter | undefined;
}
