import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLog } from '#lib/kernel/log.js';
import { boot, catchUp } from './boot.js';
import { etagOf, Snapshot, type StoredConfig } from './snapshot.js';

const config = (version: number, yaml = `# ${version}`): StoredConfig => ({
  version: BigInt(version),
  yaml,
  etag: etagOf(yaml),
});

let folder: string;
let snapshot: Snapshot;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'boot-'));
  snapshot = new Snapshot(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** PostgreSQL and the service as far as starting needs them. */
function node(stored: StoredConfig | undefined, open: StoredConfig[] = []) {
  const state = {
    inForce: undefined as StoredConfig | undefined,
    stored,
    settled: [] as string[],
    claimed: [] as string[],
    switched: 0,
  };
  const store = {
    async settlePlanned(done: StoredConfig | undefined) {
      const applied = open.filter(({ version, etag }) => version === done?.version && etag === done.etag);
      state.stored = applied[0] ?? state.stored;
      state.settled = open.map((row) => `${row.version} ${applied.includes(row) ? 'applied' : 'interrupted'}`);
      const interrupted = open.filter((row) => !applied.includes(row));
      return { applied: applied.map((row) => row.version), interrupted: interrupted.map((row) => row.version) };
    },
    version: async (wanted: bigint) => open.find((row) => row.version === wanted),
    current: async () => state.stored,
    async adopt(adopted: StoredConfig) {
      state.stored = adopted;
      return adopted;
    },
  };
  const service = {
    get current() {
      return state.inForce;
    },
    adopt(adopted: StoredConfig | undefined) {
      state.inForce = adopted;
    },
    claim(yaml: string) {
      state.claimed.push(yaml);
    },
    async switchTo(next: StoredConfig) {
      state.switched++;
      state.inForce = next;
      return undefined;
    },
    exclusively: <T>(work: () => Promise<T>) => work(),
  };
  return { state, options: { service, store, snapshot, log: silentLog() } };
}

const never = new AbortController().signal;
const reachable = { connect: async () => true };
const away = { connect: async () => false };
const version = (stored: StoredConfig | undefined) => stored && Number(stored.version);

describe('which configuration a node starts with', () => {
  it.each([
    ['nothing anywhere', undefined, undefined, undefined],
    ['only in PostgreSQL', 3, undefined, 3],
    ['the same in both', 3, 3, 3],
    ['a newer one in PostgreSQL', 4, 3, 4],
    ['a newer one here, PostgreSQL from a backup', 2, 3, 3],
    ['one here, PostgreSQL empty', undefined, 3, 3],
  ])('%s', async (_name, stored, saved, winner) => {
    const { state, options } = node(stored === undefined ? undefined : config(stored));
    await (saved === undefined ? Promise.resolve() : snapshot.write(config(saved)));
    await boot(options, reachable, never);
    expect(version(state.inForce)).toBe(winner);
    expect(version(state.stored)).toBe(winner);
    expect(version(snapshot.read(() => {}))).toBe(winner);
  });

  it('the snapshot while PostgreSQL is away', async () => {
    const { state, options } = node(config(4));
    await snapshot.write(config(3));
    await boot(options, away, never);
    expect(version(state.inForce)).toBe(3);
  });

  it('none while PostgreSQL is away and there is no snapshot: it waits, because unknown is not empty', async () => {
    const { state, options } = node(config(4));
    const answers = [false, true];
    await boot(options, { connect: async () => answers.shift() ?? true }, never);
    expect(version(state.inForce)).toBe(4);
    expect(answers).toEqual([]);
  });

  it.each([
    ['before VPP had all of it', config(5, '# other'), 4, ['5 interrupted']],
    ['after VPP had all of it', config(5), 5, ['5 applied']],
  ])('when configd was killed %s', async (_name, planned, winner, settled) => {
    const { state, options } = node(config(4), [planned]);
    await snapshot.write(config(winner));
    await boot(options, reachable, never);
    expect(version(state.inForce)).toBe(winner);
    expect(state.settled).toEqual(settled);
  });
});

describe('when PostgreSQL comes back to a running node', () => {
  it.each([
    ['with the same', 3, 3, 3, 0],
    ['with a newer one', 5, 3, 5, 1],
    ['with an older one', 2, 3, 3, 0],
    ['empty', undefined, 3, 3, 0],
  ])('%s', async (_name, stored, running, winner, switched) => {
    const { state, options } = node(stored === undefined ? undefined : config(stored));
    options.service.adopt(config(running));
    await catchUp(options);
    expect(version(state.inForce)).toBe(winner);
    expect(version(state.stored)).toBe(winner);
    expect(state.switched).toBe(switched);
  });
});
