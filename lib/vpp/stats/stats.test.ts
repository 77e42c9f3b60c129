import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  errorCounters,
  errorPatterns,
  interfaceCounters,
  interfacePatterns,
  policerCounters,
  policerPatterns,
  readBootTime,
  systemPatterns,
  systemScalars,
} from './counters.js';
import { type Snapshot, type SnapshotResult, StatsReader } from './reader.js';
import { SegmentServer } from './segment-server.js';
import { SegmentWriter } from './segment-writer.js';

let dir: string;
let path: string;
let writer: SegmentWriter;
let server: SegmentServer;
let reader: StatsReader;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'vpp-stats-'));
  path = join(dir, 'stats.sock');
  writer = SegmentWriter.create(1024 * 1024);
  server = SegmentServer.listen(path, writer.fd);
  reader = await StatsReader.open(path);
});
afterEach(() => {
  reader.close();
  server.close();
  writer.close();
  rmSync(dir, { recursive: true });
});

function snapshotOf(result: SnapshotResult): Snapshot {
  expect(result).toMatchObject({ ok: true });
  return (result as { value: Snapshot }).value;
}
const read = async (...patterns: string[]) => Object.fromEntries(snapshotOf(await reader.snapshot(patterns)));
const counts = (n: number) => Array.from({ length: n }, (_, i) => ({ packets: i, bytes: 64 * i }));

describe('reader on writer', () => {
  test('each kind of value', async () => {
    writer.setScalar('/sys/boottime', 1_795_221_299n);
    writer.setSimple('/if/drops', [1, 2, 3n]);
    writer.setCombined('/if/rx', counts(3));
    writer.setNames('/if/names', ['local0', undefined, 'host-a']);
    expect(await read('/sys/boottime', '/if/*', '/absent', '/absent/*')).toEqual({
      '/sys/boottime': { kind: 'scalar', value: 1_795_221_299n },
      '/if/drops': { kind: 'simple', values: BigUint64Array.of(1n, 2n, 3n) },
      '/if/rx': {
        kind: 'combined',
        packets: BigUint64Array.of(0n, 1n, 2n),
        bytes: BigUint64Array.of(0n, 64n, 128n),
      },
      '/if/names': { kind: 'names', names: ['local0', undefined, 'host-a'] },
    });
  });

  test('some positions of counters, zero beyond their end', async () => {
    writer.setCombined('/if/rx', counts(5));
    writer.setSimple('/if/drops', [1, 2, 3]);
    const picked = snapshotOf(await reader.snapshot(['/if/rx', '/if/drops'], [3, 99, 1]));
    expect(Object.fromEntries(picked)).toEqual({
      '/if/rx': {
        kind: 'combined',
        packets: BigUint64Array.of(3n, 0n, 1n),
        bytes: BigUint64Array.of(192n, 0n, 64n),
      },
      '/if/drops': { kind: 'simple', values: BigUint64Array.of(0n, 0n, 2n) },
    });
  });

  test('a pattern without a star is a whole name', async () => {
    writer.setSimple('/if/rx', [1]);
    writer.setSimple('/if/rx-miss', [2]);
    expect(Object.keys(await read('/if/rx'))).toEqual(['/if/rx']);
    expect(Object.keys(await read('/if/rx*'))).toEqual(['/if/rx', '/if/rx-miss']);
  });

  test('a symlink is one element of its target', async () => {
    writer.setCombined('/if/rx', counts(3));
    writer.setSimple('/node/errors', [5, 6]);
    writer.setSymlink('/interfaces/host-a/rx', '/if/rx', 2);
    writer.setSymlink('/err/ip4-input/ttl', '/node/errors', 1);
    expect(await read('/interfaces/*', '/err/*')).toEqual({
      '/interfaces/host-a/rx': { kind: 'combined', packets: BigUint64Array.of(2n), bytes: BigUint64Array.of(128n) },
      '/err/ip4-input/ttl': { kind: 'scalar', value: 6n },
    });
  });

  test('values of the same shape go in place, another shape moves the epoch', async () => {
    writer.setSimple('/if/drops', [1, 2]);
    writer.setNames('/if/names', ['a', 'b']);
    const before = writer.epoch;
    writer.setSimple('/if/drops', [3, 4]);
    writer.setNames('/if/names', ['a', 'b']);
    expect(writer.epoch).toBe(before);
    expect(await read('/if/drops')).toEqual({ '/if/drops': { kind: 'simple', values: BigUint64Array.of(3n, 4n) } });
    writer.setSimple('/if/drops', [3, 4, 5]);
    writer.setNames('/if/names', ['a', 'c']);
    expect(writer.epoch).toBe(before + 2n);
    expect(await read('/if/*')).toEqual({
      '/if/drops': { kind: 'simple', values: BigUint64Array.of(3n, 4n, 5n) },
      '/if/names': { kind: 'names', names: ['a', 'c'] },
    });
  });

  test('a reader keeps up with a directory that grows, and memory is used again', async () => {
    for (let round = 0; round < 300; round++) {
      writer.setNames(
        '/if/names',
        Array.from({ length: 100 + round }, (_, i) => `if-${round}-${i}`),
      );
      writer.setSimple('/if/drops', new Array<number>(100 + round).fill(round));
      writer.setScalar(`/sys/gauge-${round}`, round);
    }
    expect(Object.keys(await read('/sys/*'))).toHaveLength(300);
    expect((await read('/if/drops'))['/if/drops']).toEqual({
      kind: 'simple',
      values: new BigUint64Array(399).fill(299n),
    });
  });

  test('no snapshot comes from a segment in the middle of a change', () => {
    let during: unknown;
    writer.change(() => {
      writer.setSimple('/if/drops', [1]);
      during = reader.trySnapshot(['/if/drops']);
    });
    expect(during).toEqual({ ok: false, error: 'the segment is being rearranged' });
    expect(reader.trySnapshot(['/if/drops'])).toMatchObject({ ok: true });
  });

  test('a full segment says so', () => {
    expect(() => writer.setSimple('/big', new Array<number>(1_000_000).fill(0))).toThrow('full');
  });

  test('a closed reader gives an error, not memory that is gone', () => {
    reader.close();
    expect(reader.trySnapshot(['/if/*'])).toEqual({ ok: false, error: 'the reader is closed' });
  });

  test('several readers are served, nobody at another path', async () => {
    const readers = await Promise.all([1, 2, 3].map(() => StatsReader.open(path)));
    for (const other of readers) other.close();
    await expect(StatsReader.open(join(dir, 'none.sock'))).rejects.toThrow('ENOENT');
  });
});

describe('counters', () => {
  test('interfaces by index, deleted ones left out', async () => {
    writer.setNames('/if/names', ['local0', 'deleted', 'host-a']);
    writer.setCombined('/if/rx', counts(3));
    writer.setCombined('/if/tx', counts(2));
    writer.setSimple('/if/drops', [0, 0, 9]);
    const zero = { packets: 0n, bytes: 0n };
    const none = { punts: 0n, rxErrors: 0n, txErrors: 0n };
    expect(interfaceCounters(snapshotOf(await reader.snapshot(interfacePatterns)))).toEqual([
      { swIfIndex: 0, name: 'local0', rx: zero, tx: zero, drops: 0n, ...none },
      { swIfIndex: 2, name: 'host-a', rx: { packets: 2n, bytes: 128n }, tx: zero, drops: 9n, ...none },
    ]);
  });

  test('policers by index', async () => {
    writer.setCombined('/net/policer/conform', counts(2));
    const snapshot = snapshotOf(await reader.snapshot(policerPatterns));
    expect(policerCounters(snapshot, 1).conform).toEqual({ packets: 1n, bytes: 64n });
    expect(policerCounters(snapshot, 7).violate).toEqual({ packets: 0n, bytes: 0n });
  });

  test('errors that are not zero', async () => {
    writer.setSimple('/node/errors', [0, 7]);
    writer.setSymlink('/err/ip4-input/no error', '/node/errors', 0);
    writer.setSymlink('/err/dhcp-proxy-to-server/no server/route', '/node/errors', 1);
    expect(errorCounters(snapshotOf(await reader.snapshot(errorPatterns)))).toEqual([
      { node: 'dhcp-proxy-to-server', reason: 'no server/route', count: 7n },
    ]);
  });

  test('system scalars and boot time', async () => {
    writer.setScalar('/sys/boottime', 1_795_221_299);
    writer.setScalar('/sys/vector_rate', 3);
    expect(systemScalars(snapshotOf(await reader.snapshot(systemPatterns)))).toEqual(
      new Map([
        ['boottime', 1_795_221_299n],
        ['vector_rate', 3n],
      ]),
    );
    expect(await readBootTime(path)).toBe(1_795_221_299);
  });
});

const socket = process.env.VPP_STATS_SOCKET ?? '';
const describeReal = socket ? describe : describe.skip;

describeReal('reader on a real VPP (VPP_STATS_SOCKET)', () => {
  test('interfaces, errors and boot time', async () => {
    const real = await StatsReader.open(socket);
    const snapshot = snapshotOf(await real.snapshot([...interfacePatterns, ...systemPatterns, ...errorPatterns]));
    expect(interfaceCounters(snapshot)[0]).toMatchObject({ swIfIndex: 0, name: 'local0' });
    expect(systemScalars(snapshot).get('boottime')).toBeGreaterThan(1_600_000_000n);
    expect([...snapshot.keys()].some((name) => name.startsWith('/err/'))).toBe(true);
    real.close();
  });
});
