import type { Component } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import type { Postgres } from '#lib/kernel/postgres.js';
import { type BootOptions, boot } from './boot.js';
import type { EventTeller } from './events.js';
import type { SessionJournal } from './session-journal.js';
import type { Sessions } from './sessions.js';
import type { StoreLink } from './store-link.js';

export interface DesiredStateOptions extends Omit<BootOptions, 'service'> {
  readonly config: BootOptions['service'];
  readonly sessions: Sessions;
  readonly journal: SessionJournal;
  readonly link: StoreLink;
  readonly postgres: Postgres;
  readonly events: EventTeller;
  readonly log: Log;
}

const ownerPrefix = 'session/';

/** Loads what is wanted before anything else works, and closes its files last. */
export function desiredState(options: DesiredStateOptions): Component & { evicted(owners: readonly string[]): void } {
  const { config: service, sessions, journal, link, postgres, events, log } = options;
  return {
    name: 'desired-state',
    async start(signal) {
      await boot({ ...options, service }, link, signal);
      await sessions.load(journal);
    },
    async stop() {
      await journal.close();
      await postgres.stop();
    },
    evicted(owners) {
      const ended = owners
        .filter((owner) => owner.startsWith(ownerPrefix))
        .map((owner) => owner.slice(ownerPrefix.length));
      log.warn({ sessions: ended }, 'sessions ended: their line was removed');
      sessions.evicted(ended).catch((error) => log.error({ err: error }, 'session journal'));
      events.tell('bng.dataplane.evicted', { sessions: ended });
    },
  };
}

/** Ways to run a component. */
export const component = {
  /** Starts without being waited for: a component that waits for a neighbour that the service can do without for now. */
  inBackground(inner: Component, log: Log): Component {
    let starting: Promise<void> = Promise.resolve();
    return {
      name: inner.name,
      async start(signal) {
        starting = inner.start(signal).catch((error) => log.warn({ err: error, component: inner.name }, 'not started'));
      },
      async stop() {
        await starting;
        await inner.stop();
      },
    };
  },
};
