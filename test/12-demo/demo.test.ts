import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Child, temporaryFolder } from '../harness/child.js';
import { type PostgresServer, startPostgres } from '../harness/postgres.js';
import { repositoryRoot } from '../harness/service.js';
import { waitFor } from '../harness/wait-for.js';

const folder = temporaryFolder('demo-test');
/** Everything that a demo of ours starts has this in its environment. */
const mark = `DEMO_TEST_MARK=${process.pid}-${Date.now()}`;
const started: Child[] = [];
let run = 0;
let temporary = '';

/** The demo as `make demo` starts it, in a process group of its own as a terminal would give it. */
function startDemo(env: Record<string, string> = {}): Child {
  const [name = '', value = ''] = mark.split('=');
  const child = new Child('demo', process.execPath, [join(repositoryRoot, 'dist', 'demo', 'main.js')], {
    detached: true,
    env: { ...process.env, DEMO_SUBSCRIBERS: '3', TMPDIR: temporary, [name]: value, ...env },
  });
  started.push(child);
  return child;
}

const isMarked = (pid: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark);
  } catch {
    return false;
  }
};
const left = () => ({
  processes: readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isMarked(pid)),
  files: readdirSync(temporary),
});
/** A process that was just killed may take a moment to go. */
async function expectNothingLeft(): Promise<void> {
  await waitFor('nothing left', () => left().processes.length === 0, 30_000).catch(() => {});
  expect(left()).toEqual({ processes: [], files: [] });
}

beforeEach(() => {
  temporary = join(folder.path, `run-${++run}`);
  mkdirSync(temporary);
  chmodSync(temporary, 0o755);
});
beforeAll(() => chmodSync(folder.path, 0o755));
afterAll(async () => {
  for (const child of started) await child.stop();
  folder.remove();
});

describe('DEMO_ONCE=1', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 90_000);
  afterAll(() => postgres.stop());

  /** Twice on one server: what the first run left there must not be in the way of the second. */
  it.each(['first', 'second'])(
    '%s run on a PostgreSQL given: the JSON object last, exit code 0, nothing left',
    async () => {
      const demo = startDemo({ DEMO_ONCE: '1', DATABASE_URL: postgres.url });
      expect(await demo.exited).toBe(0);
      const summary: unknown = JSON.parse(demo.output.split('\n').at(-1) ?? '');
      expect(summary).toEqual({
        subscribers: 3,
        online: 3,
        coaAcked: 1,
        policerKbpsBefore: 50_000,
        policerKbpsAfter: 100_000,
        disconnected: 1,
        acctStarts: 3,
        acctStops: 1,
        secondsToAllOnline: expect.any(Number),
      });
      await expectNothingLeft();
      const client = new pg.Client({ connectionString: postgres.url });
      await client.connect();
      const { rows } = await client.query("SELECT datname FROM pg_database WHERE datname LIKE 'causeway%'");
      await client.end();
      expect(rows).toEqual([]);
    },
    180_000,
  );
});

describe('Ctrl-C', () => {
  const toGroup = (demo: Child) => process.kill(-demo.pid, 'SIGINT');
  const thrice = (demo: Child) => {
    for (const _ of [1, 2, 3]) process.kill(demo.pid, 'SIGINT');
  };

  it.each([
    ['to the whole group, as a terminal sends it', toGroup],
    ['to the process alone, three times', thrice],
  ])(
    '%s, while it starts: nothing is left',
    async (_name, interrupt) => {
      const demo = startDemo();
      await waitFor('the first neighbour', () => demo.output.includes('✓'), 60_000);
      interrupt(demo);
      expect(await demo.exited).toBe(1);
      expect(demo.output).not.toContain('It stays up');
      await expectNothingLeft();
    },
    180_000,
  );

  it.each<[string, (demo: Child) => unknown, number | string]>([
    ['to the whole group', toGroup, 0],
    ['never sent, but SIGKILL', (demo) => process.kill(demo.pid, 'SIGKILL'), 'SIGKILL'],
  ])(
    '%s, while it stays up: nothing is left',
    async (_name, interrupt, code) => {
      const demo = startDemo();
      await waitFor('the end of the story', () => demo.output.includes('Ctrl-C ends everything'), 120_000);
      interrupt(demo);
      expect(await demo.exited).toBe(code);
      await expectNothingLeft();
    },
    180_000,
  );
});

describe('a start that fails', () => {
  it.each([
    ['a neighbour', 'freeradius', 'no such luck'],
    ['one that is silent', 'nats-server', ''],
  ])(
    'because of %s: says so, exit code 1, nothing is left',
    async (_name, program, words) => {
      const programs = join(folder.path, `programs-${program}`);
      mkdirSync(programs);
      writeFileSync(join(programs, program), `#!/bin/sh\necho '${words}'\nexit 3\n`, { mode: 0o755 });
      const demo = startDemo({ PATH: `${programs}:${process.env.PATH}` });
      expect(await demo.exited).toBe(1);
      expect(demo.output).toContain(`${program} ended`);
      expect(demo.output).toContain(words);
      await expectNothingLeft();
    },
    180_000,
  );

  it('because of a service: says what it said, exit code 1, nothing is left', async () => {
    const demo = startDemo({ QOS_COMPILER_GRPC: 'nonsense' });
    expect(await demo.exited).toBe(1);
    expect(demo.output).toMatch(/qos-compiler ended[\s\S]*grpc: host:port is expected/);
    await expectNothingLeft();
  }, 180_000);

  it.each([
    ['DEMO_SUBSCRIBERS', 'many'],
    ['VPP_API_SOCKET', '/nonexistent/api.sock'],
    ['DATABASE_URL', 'postgres://nobody@127.0.0.1:1/none'],
  ])(
    'because of %s=%s: names it',
    async (name, value) => {
      const demo = startDemo({ [name]: value });
      expect(await demo.exited).toBe(1);
      expect(demo.output).toContain(name);
      await expectNothingLeft();
    },
    180_000,
  );
});
