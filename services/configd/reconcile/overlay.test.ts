import { beforeEach, expect, test } from '@jest/globals';
import { BngError } from '#lib/kernel/errors.js';
import { infraOwner } from './engine.js';
import { memoryEngine, type ThingSpec } from './memory-vpp.testkit.js';
import type { Resource } from './resource.js';

/** What VPP shall have instead of the value of `user/u1`. */
let instead: number | undefined;
let kit: ReturnType<typeof memoryEngine>;

const overlay = (wanted: Resource): Resource =>
  instead === undefined || wanted.key !== 'user/u1'
    ? wanted
    : { ...wanted, spec: { ...(wanted.spec as ThingSpec), value: instead } };

const user = (name: string, value = 0) => kit.user.of({ name, value });
const valueInVpp = () => kit.vpp.contents()['user/u1']?.value;

beforeEach(async () => {
  instead = undefined;
  kit = memoryEngine(undefined, {}, overlay);
  await kit.engine.restore();
  await kit.engine.apply(infraOwner, [user('u1', 1), user('u2', 1)]);
  kit.vpp.journal.length = 0;
});

test('a refresh brings its keys to what the overlay says, and back; nothing else is touched', async () => {
  instead = 7;
  const { plan, outcome } = await kit.engine.refresh(['user/u1', 'user/u2'], 'test');
  expect([plan.owner, outcome.messages, valueInVpp()]).toEqual(['test', expect.any(Number), 7]);
  expect(kit.vpp.journal).toEqual(['~user/u1']);
  instead = undefined;
  await kit.engine.refresh(['user/u1'], 'test');
  expect(valueInVpp()).toBe(1);
});

test('what the overlay changed is no drift, and wanted is what was asked for', async () => {
  instead = 7;
  await kit.engine.refresh(['user/u1'], 'test');
  expect(await kit.engine.audit()).toMatchObject({ missing: [], different: [], leftover: [] });
  expect(kit.engine.wantedBy(infraOwner).get('user/u1')?.spec).toMatchObject({ value: 1 });
  expect((await kit.engine.repair()).messages).toBe(0);
});

test('an apply of the same does nothing, one of other values keeps the overlay', async () => {
  instead = 7;
  await kit.engine.refresh(['user/u1'], 'test');
  kit.vpp.journal.length = 0;
  await kit.engine.apply(infraOwner, [user('u1', 1), user('u2', 1)]);
  await kit.engine.apply(infraOwner, [user('u1', 2), user('u2', 2)]);
  expect(kit.vpp.journal).toEqual(['~user/u2']);
  instead = undefined;
  await kit.engine.refresh(['user/u1'], 'test');
  expect(valueInVpp()).toBe(2);
});

test('an empty VPP gets what the overlay says', async () => {
  instead = 7;
  kit.vpp.objects.clear();
  await kit.engine.restore();
  expect(valueInVpp()).toBe(7);
});

test('owners are compared by what they ask for', async () => {
  instead = 7;
  await kit.engine.refresh(['user/u1'], 'test');
  await kit.engine.apply('session/s1', [user('u1', 1)]);
  await expect(kit.engine.apply('session/s2', [user('u1', 7)])).rejects.toThrow(/wanted differently/);
});

test('a key that nobody wants any more stays away', async () => {
  await kit.engine.apply(infraOwner, []);
  instead = 7;
  await kit.engine.refresh(['user/u1'], 'test');
  expect(kit.vpp.contents()).toEqual({});
});

test('refused while the state of VPP is unknown', async () => {
  kit.engine.lost(new BngError('unavailable', 'gone'));
  await expect(kit.engine.refresh(['user/u1'], 'test')).rejects.toMatchObject({ code: 'unavailable' });
});
