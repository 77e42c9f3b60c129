import { backoffMs, sleep } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Log } from '#lib/kernel/log.js';
import type { ConfigService } from './service.js';
import type { Snapshot, StoredConfig } from './snapshot.js';
import type { ConfigStore } from './store.js';
import type { StoreLink } from './store-link.js';

export interface BootOptions {
  readonly service: Pick<ConfigService, 'current' | 'adopt' | 'claim' | 'switchTo' | 'exclusively'>;
  readonly store: Pick<ConfigStore, 'settlePlanned' | 'current' | 'adopt' | 'version'>;
  readonly snapshot: Snapshot;
  readonly log: Log;
}

/**
 * The configuration to start with: PostgreSQL's, or while it is away the snapshot's. With neither it waits for PostgreSQL:
 * an unknown configuration is not an empty one, and VPP must not be cleared for it.
 */
export async function boot(options: BootOptions, link: Pick<StoreLink, 'connect'>, signal: AbortSignal): Promise<void> {
  const { service, snapshot, log } = options;
  const saved = snapshot.read((reason) => log.error({ reason }, 'the local snapshot cannot be used'));
  for (let attempt = 0; !signal.aborted; attempt++) {
    if (await link.connect()) return startWith(options, saved);
    if (saved) {
      log.warn({ version: String(saved.version) }, 'PostgreSQL is away: started from the local snapshot');
      return service.adopt(saved);
    }
    log.warn('PostgreSQL is away and there is no local snapshot: waiting');
    await sleep(backoffMs(attempt, 200, 2_000), signal);
  }
  throw new BngError('cancelled', 'stopped before the configuration was known');
}

async function startWith(options: BootOptions, saved: StoredConfig | undefined): Promise<void> {
  const winner = await reconcile(options, saved);
  options.service.adopt(winner);
  if (winner && winner.etag !== saved?.etag) await options.snapshot.write(winner);
}

/** PostgreSQL is back while configd runs: both sides are brought to the newer configuration. */
export function catchUp(options: BootOptions): Promise<void> {
  return options.service.exclusively(async () => {
    const { service, snapshot } = options;
    const running = service.current;
    const winner = await reconcile(options, running);
    if (!winner || (winner.version === running?.version && winner.etag === running.etag)) return;
    await service.switchTo(winner);
    await snapshot.write(winner);
  });
}

/** Settles applies left open and decides between PostgreSQL's configuration and ours: the higher version wins. */
async function reconcile(
  { service, store, log }: BootOptions,
  ours: StoredConfig | undefined,
): Promise<StoredConfig | undefined> {
  const settled = await store.settlePlanned(ours);
  if (settled.applied.length + settled.interrupted.length > 0)
    log.warn(
      { applied: settled.applied.map(String), interrupted: settled.interrupted.map(String) },
      'open applies settled',
    );
  for (const version of settled.interrupted) {
    const left = await store.version(version);
    if (left) service.claim(left.yaml);
  }
  const theirs = await store.current();
  const versions = { postgres: String(theirs?.version ?? 'none'), local: String(ours?.version ?? 'none') };
  if (ours && (!theirs || ours.version > theirs.version)) {
    log.warn(versions, 'the local configuration wins: PostgreSQL has an older one or none');
    return store.adopt(ours);
  }
  if (theirs?.version === ours?.version && theirs?.etag === ours?.etag) return ours;
  log.info(versions, "PostgreSQL's configuration wins");
  return theirs;
}
