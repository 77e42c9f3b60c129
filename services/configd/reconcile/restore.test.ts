import { beforeEach, describe, expect, test } from '@jest/globals';
import { infraOwner, type RestoreProgress } from './engine.js';
import { keysOf, memoryEngine } from './memory-vpp.testkit.js';

let kit: ReturnType<typeof memoryEngine>;

const infra = () => [kit.port.of({ name: 'p1' }), kit.line.of({ name: 'l1', needs: ['port/p1'] })];
const session = (n: number) => [
  kit.user.of({ name: `u${n}`, needs: ['line/l1'] }),
  kit.ghost.of({ name: `g${n}`, needs: [`user/u${n}`] }),
];

async function filled() {
  await kit.engine.restore();
  await kit.engine.apply(infraOwner, infra());
  for (const n of [1, 2]) await kit.engine.apply(`session/${n}`, session(n));
  kit.vpp.journal.length = 0;
}

beforeEach(() => {
  kit = memoryEngine();
});

describe('audit and repair', () => {
  beforeEach(filled);

  test('nothing to say when VPP is as wanted', async () => {
    expect(await kit.engine.audit()).toEqual({ missing: [], different: [], leftover: [], foreign: [] });
  });

  test('every sort of difference is listed, nothing touched', async () => {
    kit.vpp.objects.delete('user/u1');
    kit.vpp.put('user/u2', { name: 'u2', needs: ['line/l1'], value: 9, shape: 0 });
    kit.vpp.put('table/left', { name: 'left', needs: [], value: 0, shape: 0 });
    kit.vpp.put('table/theirs', { name: 'theirs', needs: [], value: 0, shape: 0 }, false);
    const drift = await kit.engine.audit();
    expect(keysOf(drift.missing)).toEqual(['user/u1']);
    expect(drift.different.map(({ wanted }) => wanted.key)).toEqual(['user/u2']);
    expect(keysOf(drift.leftover)).toEqual(['table/left']);
    expect(keysOf(drift.foreign)).toEqual(['table/theirs']);
    expect(kit.vpp.journal).toEqual([]);
  });

  test('a repair mends all but the foreign', async () => {
    const wanted = kit.vpp.contents();
    kit.vpp.objects.delete('user/u1');
    kit.vpp.put('user/u2', { name: 'u2', needs: ['line/l1'], value: 9, shape: 0 });
    kit.vpp.put('table/left', { name: 'left', needs: [], value: 0, shape: 0 });
    kit.vpp.put('table/theirs', { name: 'theirs', needs: [], value: 0, shape: 0 }, false);
    const { failures } = await kit.engine.repair();
    expect(failures).toEqual([]);
    const { 'table/theirs': theirs, ...rest } = kit.vpp.contents();
    expect(theirs?.name).toBe('theirs');
    expect(rest).toEqual(wanted);
  });

  test('what an apply that was cut off may have made is ours, once', async () => {
    const theirs = kit.table.of({ name: 'theirs', needs: [] });
    kit.vpp.put(theirs.key, theirs.spec, false);
    kit.engine.claim([theirs]);
    expect(keysOf((await kit.engine.audit()).leftover)).toEqual(['table/theirs']);
    await kit.engine.repair();
    expect(kit.vpp.journal).toEqual(['-table/theirs']);
    kit.vpp.put(theirs.key, theirs.spec, false);
    expect(keysOf((await kit.engine.audit()).foreign)).toEqual(['table/theirs']);
  });

  test('what cannot be read is asserted again when what it hangs on was gone', async () => {
    kit.vpp.objects.delete('ghost/g1');
    kit.vpp.objects.delete('user/u1');
    await kit.engine.repair();
    expect(kit.vpp.journal).toEqual(['+user/u1', '+ghost/g1']);
  });
});

test('an audit does not stop sessions, nor take what they do meanwhile for drift', async () => {
  await filled();
  const applied = Array.from({ length: 20 }, (_, n) => kit.engine.apply(`session/${n + 1}`, session(n + 1)));
  const audit = kit.engine.audit();
  applied.push(kit.engine.apply('session/2', []), kit.engine.apply('session/99', session(99)));
  expect(await audit).toEqual({ missing: [], different: [], leftover: [], foreign: [] });
  await Promise.all(applied);
});

describe('restore', () => {
  test('an empty VPP gets everything, infrastructure first, with progress', async () => {
    await filled();
    const wanted = kit.vpp.contents();
    kit.vpp.objects.clear();
    const seen: RestoreProgress[] = [];
    const { failures } = await kit.engine.restore((at) => seen.push(at));
    expect(failures).toEqual([]);
    expect(kit.vpp.contents()).toEqual(wanted);
    expect(kit.vpp.journal.slice(0, 2)).toEqual(['+port/p1', '+line/l1']);
    const steps = (phase: string) =>
      seen.filter((at) => at.phase === phase).map(({ done, total }) => `${done}/${total}`);
    expect(steps('read')).toEqual(['0/5', '1/5', '2/5', '3/5', '4/5']);
    expect(steps('infra')).toEqual(['0/2', '1/2', '2/2']);
    expect(steps('sessions')).toEqual(['0/2', '0/2', '1/2', '1/2', '2/2', '2/2']);
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual(['read', 'infra', 'sessions']);
  });

  test('after a restart of our own, what matches is adopted, what differs mended, what nobody wants removed', async () => {
    await filled();
    const { vpp } = kit;
    vpp.put('user/u2', { name: 'u2', needs: ['line/l1'], value: 9, shape: 0 });
    kit = memoryEngine(vpp);
    kit.engine.load(infraOwner, infra());
    kit.engine.load('session/2', session(2));
    vpp.objects.delete('ghost/g1');
    vpp.journal.length = 0;
    await kit.engine.restore();
    expect(vpp.journal).toEqual(['-user/u1', '~user/u2', '+ghost/g2']);
    expect(kit.engine.recorded.handle<number>('port/p1')).toBe(vpp.objects.get('port/p1')?.handle);
    expect(kit.engine.plan('session/2', session(2)).steps).toEqual([]);
  });

  test('one failing object does not keep the others from coming back', async () => {
    await filled();
    kit.vpp.objects.clear();
    kit.vpp.fail(3);
    const { failures } = await kit.engine.restore();
    expect(failures.map((error) => error.fields.key)).toEqual(['user/u1', 'ghost/g1']);
    expect(Object.keys(kit.vpp.contents())).toEqual(['ghost/g2', 'line/l1', 'port/p1', 'user/u2']);
    await kit.engine.repair();
    expect(Object.keys(kit.vpp.contents())).toHaveLength(6);
  });

  test('a wanted thing whose base nobody wants is reported, not fatal', async () => {
    kit.engine.load('session/1', session(1));
    const { failures } = await kit.engine.restore();
    expect(failures.map((error) => error.fields.key)).toEqual(['user/u1', 'ghost/g1']);
    expect(kit.engine.state).toBe('ready');
  });

  test('sessions wait for a restore and then go on', async () => {
    await filled();
    kit.vpp.objects.clear();
    const [restored, applied] = await Promise.all([kit.engine.restore(), kit.engine.apply('session/3', session(3))]);
    expect(restored.failures).toEqual([]);
    expect(applied.outcome.result).toBe('done');
  });
});

test('10 000 resources are planned in waves, not one by one', async () => {
  await kit.engine.restore();
  const lines = Array.from({ length: 5000 }, (_, i) => kit.line.of({ name: `l${i}`, needs: ['port/p1'] }));
  const users = lines.map((line, i) => kit.user.of({ name: `u${i}`, needs: [line.key] }));
  const plan = kit.engine.plan(infraOwner, [kit.port.of({ name: 'p1' }), ...lines, ...users]);
  expect(plan.waves.map((wave) => wave.length)).toEqual([1, 5000, 5000]);
});
