import { beforeEach, describe, expect, test } from '@jest/globals';
import { BngError } from '#lib/kernel/errors.js';
import { infraOwner } from './engine.js';
import { MemoryVpp, memoryEngine } from './memory-vpp.testkit.js';
import type { Resource } from './resource.js';

let kit: ReturnType<typeof memoryEngine>;

beforeEach(async () => {
  kit = memoryEngine();
  await kit.engine.restore();
});

const p1 = () => kit.port.of({ name: 'p1' });
const t1 = (shape = 0) => kit.table.of({ name: 't1', shape });
const l1 = (shape = 0) => kit.line.of({ name: 'l1', needs: ['port/p1'], shape });
const user = (name: string, needs: string[], value = 0) => kit.user.of({ name, needs, value });
const base = () => [user('u1', ['line/l1', 'table/t1']), l1(), t1(), p1()];

async function apply(resources: Resource[], owner: string = infraOwner) {
  kit.vpp.journal.length = 0;
  return kit.engine.apply(owner, resources);
}

describe('order', () => {
  test('what is needed comes first, keys sorted', async () => {
    await apply(base());
    expect(kit.vpp.journal).toEqual(['+port/p1', '+table/t1', '+line/l1', '+user/u1']);
  });

  test('users go before what they use', async () => {
    await apply(base());
    await apply([]);
    expect(kit.vpp.journal).toEqual(['-user/u1', '-table/t1', '-line/l1', '-port/p1']);
    expect(kit.engine.recorded.size).toBe(0);
  });

  test('independent steps are in flight together', async () => {
    await apply(Array.from({ length: 50 }, (_, i) => kit.port.of({ name: `p${i}` })));
    expect(kit.vpp.mostActive).toBe(50);
  });

  test('a recreation takes along what hangs on it, and nothing else', async () => {
    await apply([...base(), user('u2', [])]);
    await apply([user('u1', ['line/l1', 'table/t1']), user('u2', []), l1(1), t1(), p1()]);
    expect(kit.vpp.journal).toEqual(['-user/u1', '-line/l1', '+line/l1', '+user/u1']);
  });

  test('a kind without update is recreated', async () => {
    await apply([t1()]);
    const { plan } = await apply([t1(1)]);
    expect(plan.steps.map((step) => step.action)).toEqual(['recreate']);
    expect(kit.vpp.journal).toEqual(['-table/t1', '+table/t1']);
  });

  test('what an update lets go of is removed after it, what it takes up is made before', async () => {
    await apply([t1(), user('u1', ['table/t1'])]);
    await apply([kit.table.of({ name: 't2' }), user('u1', ['table/t2'])]);
    expect(kit.vpp.journal).toEqual(['+table/t2', '~user/u1', '-table/t1']);
  });

  test('steps are listed as deletes, recreates, creates, updates', async () => {
    await apply([t1(), user('u1', []), user('u2', [])]);
    const plan = kit.engine.plan(infraOwner, [t1(1), user('u1', [], 1), user('u0', [])]);
    expect(plan.steps.map(({ action, key }) => `${action} ${key}`)).toEqual([
      'remove user/u2',
      'recreate table/t1',
      'create user/u0',
      'update user/u1',
    ]);
  });

  test('equal sets make no step', async () => {
    await apply(base());
    expect(kit.engine.plan(infraOwner, base()).steps).toEqual([]);
  });

  test('planning sends nothing', async () => {
    kit.vpp.journal.length = 0;
    kit.engine.plan(infraOwner, base());
    expect(kit.vpp.journal).toEqual([]);
  });
});

describe('refusals', () => {
  test('something needed that is not there', async () => {
    await expect(apply([l1()])).rejects.toMatchObject({ code: 'failed_precondition', fields: { needs: 'port/p1' } });
    expect(kit.vpp.journal).toEqual([]);
  });

  test('removing what a session uses, when that does not end sessions', async () => {
    await apply([t1()]);
    await apply([user('u1', ['table/t1'])], 'session/1');
    await expect(apply([])).rejects.toMatchObject({ code: 'failed_precondition', fields: { usedBy: 'user/u1' } });
  });

  test('the same key wanted in two ways by two owners', async () => {
    await apply([user('u1', [])], 'session/1');
    await expect(apply([user('u1', [], 1)], 'session/2')).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a plan that no longer fits: something it needs went meanwhile', async () => {
    await apply([t1()], 'session/1');
    const plan = kit.engine.plan(infraOwner, [user('u1', ['table/t1'])]);
    await apply([], 'session/1');
    await expect(kit.engine.execute(plan)).rejects.toMatchObject({ code: 'failed_precondition' });
  });

  test('a plan that a hook does not admit, a restore too', async () => {
    const admit = () => {
      throw new BngError('exhausted', 'too many');
    };
    kit = memoryEngine(new MemoryVpp(), { admit });
    kit.engine.load(infraOwner, [t1()]);
    await expect(kit.engine.restore()).rejects.toMatchObject({ code: 'exhausted' });
    expect(kit.engine.state).toBe('void');
    expect(kit.vpp.journal).toEqual([]);
  });

  test('anything before the first restore', async () => {
    const fresh = memoryEngine();
    await expect(fresh.engine.apply(infraOwner, [])).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('owners', () => {
  test('a shared resource stays until its last owner leaves', async () => {
    await apply([user('u1', [])], 'session/1');
    await apply([user('u1', [])], 'session/2');
    expect(kit.vpp.journal).toEqual([]);
    await apply([], 'session/1');
    expect(kit.vpp.journal).toEqual([]);
    await apply([], 'session/2');
    expect(kit.vpp.journal).toEqual(['-user/u1']);
  });

  test('removing a line ends the sessions on it, and only those', async () => {
    const ended: string[] = [];
    kit = memoryEngine(new MemoryVpp(), { onEvicted: (owners) => ended.push(...owners) });
    await kit.engine.restore();
    await apply([p1(), l1(), kit.line.of({ name: 'l2', needs: ['port/p1'] })]);
    await apply([user('u1', ['line/l1']), user('limit', [])], 'session/1');
    await apply([user('u2', ['line/l2'])], 'session/2');
    const { plan } = await apply([p1(), kit.line.of({ name: 'l2', needs: ['port/p1'] })]);
    expect(plan.evicted).toEqual(['session/1']);
    expect(ended).toEqual(['session/1']);
    expect(Object.keys(kit.vpp.contents())).toEqual(['line/l2', 'port/p1', 'user/u2']);
    expect(kit.engine.owners()).toEqual([infraOwner, 'session/2']);
  });

  test('recreating a line carries the sessions on it over', async () => {
    await apply([p1(), l1()]);
    await apply([user('u1', ['line/l1'])], 'session/1');
    const { plan } = await apply([p1(), l1(1)]);
    expect(plan.affected).toEqual(['session/1']);
    expect(kit.vpp.journal).toEqual(['-user/u1', '-line/l1', '+line/l1', '+user/u1']);
  });

  test('sessions work side by side, one owner step by step', async () => {
    await apply([p1(), l1()]);
    kit.vpp.mostActive = 0;
    const ids = Array.from({ length: 20 }, (_, i) => i);
    await Promise.all(ids.map((i) => kit.engine.apply(`session/${i}`, [user(`u${i}`, ['line/l1'])])));
    expect(kit.vpp.mostActive).toBe(20);
    kit.vpp.mostActive = 0;
    await Promise.all(ids.map((i) => kit.engine.apply('session/0', [user('u0', ['line/l1'], i)])));
    expect(kit.vpp.mostActive).toBe(1);
    expect(kit.vpp.contents()['user/u0']?.value).toBe(19);
  });

  test('a key that moves between owners at the same moment is taken in order', async () => {
    await apply([user('u1', [])], 'session/1');
    const [gone, taken] = await Promise.allSettled([
      kit.engine.apply('session/1', []),
      kit.engine.apply('session/2', [user('u1', [], 7)]),
    ]);
    expect([gone.status, taken.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(kit.vpp.contents()['user/u1']?.value).toBe(7);
  });
});

describe('failure', () => {
  const earlier = () => [
    p1(),
    l1(),
    t1(),
    user('u1', ['line/l1', 'table/t1']),
    user('u2', ['table/t1']),
    user('u3', []),
  ];
  const later = () => [
    p1(),
    l1(1),
    kit.table.of({ name: 't2' }),
    user('u1', ['line/l1']),
    user('u2', ['table/t2'], 5),
    user('u4', ['table/t2']),
  ];
  const operations = 9;

  test('the plan that the steps below fail in', async () => {
    await apply(earlier());
    await apply(later());
    expect(kit.vpp.journal).toHaveLength(operations);
  });

  test.each(Array.from({ length: operations }, (_, i) => i + 1))(
    'at step %i leaves everything as before',
    async (step) => {
      await apply(earlier());
      const contents = kit.vpp.contents();
      kit.vpp.fail(step);
      const { outcome } = await apply(later());
      expect(outcome).toMatchObject({ result: 'undone', error: { code: 'dataplane' } });
      expect(outcome.error?.fields.key).toEqual(expect.stringMatching(/^(user|line|table)\//));
      expect(kit.vpp.contents()).toEqual(contents);
      expect(kit.engine.wantedBy(infraOwner).size).toBe(earlier().length);
      expect(kit.engine.plan(infraOwner, earlier()).steps).toEqual([]);
      expect((await kit.engine.audit()).missing).toEqual([]);
      expect((await apply(later())).outcome.result).toBe('done');
    },
  );

  test('an undo that fails too is named and mended by a repair', async () => {
    await apply([t1()]);
    kit.vpp.fail(2);
    kit.vpp.fail(3);
    const { outcome } = await apply([t1(), kit.table.of({ name: 't2' }), user('u1', ['table/t2'])]);
    expect(outcome.result).toBe('broken');
    expect(outcome.suspect).toEqual(['table/t2']);
    expect(Object.keys(kit.vpp.contents())).toEqual(['table/t1', 'table/t2']);
    await kit.engine.repair();
    expect(Object.keys(kit.vpp.contents())).toEqual(['table/t1']);
  });

  test('a step without an answer: nothing more is done before VPP is read back', async () => {
    const reasons: string[] = [];
    kit = memoryEngine(new MemoryVpp(), { onLost: (error) => reasons.push(error.message) });
    await kit.engine.restore();
    await apply([t1()]);
    kit.vpp.silence(1);
    const { outcome } = await apply([t1(), kit.table.of({ name: 't2' })]);
    expect(outcome.result).toBe('broken');
    expect(reasons).toEqual(['table/t2: no reply']);
    await expect(apply([t1()])).rejects.toMatchObject({ code: 'unavailable' });
    expect((await kit.engine.restore()).failures).toEqual([]);
    expect(Object.keys(kit.vpp.contents())).toEqual(['table/t1']);
  });

  test('a restore with a step without an answer reads back again', async () => {
    await apply([t1()]);
    kit.vpp.objects.clear();
    kit.vpp.silence(1);
    expect((await kit.engine.restore()).failures).toEqual([]);
    expect(kit.vpp.journal).toEqual(['+table/t1', '+table/t1']);
    expect(kit.engine.state).toBe('ready');
  });

  test('VPP gone in the middle: said so, nothing more is tried until it is back', async () => {
    const reasons: string[] = [];
    kit = memoryEngine(new MemoryVpp(), { onLost: (error) => reasons.push(error.code) });
    await kit.engine.restore();
    await apply([p1()]);
    kit.vpp.fail(1, new BngError('unavailable', 'socket dropped', { outcomeUnknown: true }));
    const { outcome } = await apply([p1(), l1(), t1()]);
    expect(outcome.result).toBe('unavailable');
    expect(reasons).toEqual(['unavailable']);
    await expect(apply([])).rejects.toMatchObject({ code: 'unavailable' });
    await kit.engine.restore();
    expect(Object.keys(kit.vpp.contents())).toEqual(['port/p1']);
    expect((await apply([p1(), l1(), t1()])).outcome.result).toBe('done');
  });
});
