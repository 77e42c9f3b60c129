import { type Family, family, parseExposition, withLabel } from './exposition.js';

/** A service whose /metrics is carried on. */
export interface Target {
  /** Value of the `service` label, for example configd. */
  service: string;
  /** http://host:port/metrics */
  url: string;
  /** Told apart by this label where a service runs several times. */
  instance?: string | undefined;
}

export interface Scrape {
  target: Target;
  up: boolean;
  seconds: number;
  malformed: number;
  families: Family[];
}

/** A service's exposition must end; larger ones are refused. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Asks one target; a target that is away, slow, or answers no 200 is `up: false`. Never rejects. */
export async function scrapeTarget(target: Target, timeoutMs: number): Promise<Scrape> {
  const begin = performance.now();
  const done = (up: boolean, families: Family[], malformed = 0): Scrape => ({
    target,
    up,
    families,
    malformed,
    seconds: (performance.now() - begin) / 1000,
  });
  try {
    const { families, malformed } = parseExposition(await fetchText(target.url, timeoutMs));
    const named = withLabel(families, 'service', target.service);
    return done(true, target.instance ? withLabel(named, 'instance', target.instance) : named, malformed);
  } catch {
    return done(false, []);
  }
}

async function fetchText(url: string, timeoutMs: number): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' });
  if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MAX_BYTES) throw new Error('too large');
  }
  return text + decoder.decode();
}

/** `bng_up` and how long each target took. */
export function scrapeFamilies(scrapes: readonly Scrape[]): Family[] {
  const labels = ({ target }: Scrape) => ({
    service: target.service,
    ...(target.instance && { instance: target.instance }),
  });
  const rows = (value: (scrape: Scrape) => number) => scrapes.map((scrape) => [labels(scrape), value(scrape)] as const);
  return [
    family(
      'gauge',
      'bng_up',
      'Whether the service answered its /metrics (1) or not (0)',
      rows(({ up }) => Number(up)),
    ),
    family(
      'gauge',
      'bng_exporter_scrape_seconds',
      'Time the service took to answer',
      rows(({ seconds }) => Number(seconds.toFixed(6))),
    ),
    family(
      'gauge',
      'bng_exporter_malformed_lines',
      'Lines of the answer that were no metrics',
      rows(({ malformed }) => malformed),
    ),
  ];
}
