import { describe, expect, it } from '@jest/globals';
import { Policy } from '#gen/bng/v1/common.js';
import { zeroCounters } from './counters.js';
import { mergePolicy, presentFields } from './policy-merge.js';
import { noServices, type ServiceDefinition, Services, serviceUsage, stackFromJson, stackJson } from './services.js';

const define = (name: string, priority: number, policy: Partial<Policy>): ServiceDefinition => ({
  name,
  priority,
  policy: Policy.fromPartial(policy),
});
const definitions = [
  define('turbo', 20, { downloadBps: 200n, uploadBps: 50n, downloadBurstBytes: 9000n }),
  define('night', 10, { downloadBps: 500n, downloadDscp: 8 }),
  define('voice', 20, { uploadDscp: 46, downloadDscp: 46 }),
  define('gold', 30, { profile: 'gold' }),
  define('walled', 200, { aclIn: 'walled', aclOut: 'walled', downloadBps: 1n, uploadBps: 1n }),
];
const services = new Services(definitions);
const names = definitions.map(({ name }) => name);
const own = Policy.fromPartial({ downloadBps: 100n, uploadBps: 20n, aclOut: 'cap', sessionTimeoutS: 60 });
const stackOf = (...on: string[]) =>
  on.reduce(
    (stack, name) => services.switched(stack, { activate: [name], deactivate: [] }, 1, zeroCounters()),
    noServices(),
  );
const given = (policy: Policy) => Object.fromEntries(presentFields(policy).map((field) => [field, policy[field]]));
const inForce = (...on: string[]) => given(services.inForce(own, stackOf(...on)));

/** Every order of every choice of services. */
function* orders(left: readonly string[], taken: readonly string[] = []): Generator<readonly string[]> {
  yield taken;
  for (const name of left)
    yield* orders(
      left.filter((other) => other !== name),
      [...taken, name],
    );
}

describe('what is in force', () => {
  it.each<[string[], object]>([
    [[], { downloadBps: 100n, uploadBps: 20n, aclOut: 'cap', sessionTimeoutS: 60 }],
    [['turbo'], { downloadBps: 200n, uploadBps: 50n, downloadBurstBytes: 9000n, aclOut: 'cap', sessionTimeoutS: 60 }],
    [
      ['night', 'voice'],
      { downloadBps: 500n, uploadBps: 20n, uploadDscp: 46, downloadDscp: 46, aclOut: 'cap', sessionTimeoutS: 60 },
    ],
    [['gold', 'turbo'], { profile: 'gold', aclOut: 'cap', sessionTimeoutS: 60 }],
    [
      ['walled', 'gold'],
      { profile: 'gold', downloadBps: 1n, uploadBps: 1n, aclIn: 'walled', aclOut: 'walled', sessionTimeoutS: 60 },
    ],
  ])('with %j', (on, expected) => expect(inForce(...on)).toEqual(expected));

  it('is the same whatever the order they were switched on in', () => {
    const results = new Map<string, object>();
    let seen = 0;
    for (const order of orders(names)) {
      const result = inForce(...order);
      const key = [...order].sort().join();
      expect(result).toEqual(results.get(key) ?? result);
      results.set(key, result);
      seen++;
    }
    expect([seen, results.size]).toEqual([326, 32]);
  });

  it('has each field of the strongest service that says it', () => {
    for (const order of orders(names)) {
      const strongest = definitions
        .filter(({ name }) => order.includes(name))
        .sort((a, b) => b.priority - a.priority)[0];
      expect(inForce(...order)).toMatchObject(
        strongest ? given(mergePolicy(Policy.create(), strongest.policy)) : given(own),
      );
    }
  });

  it('comes back when a service leaves, however many others came and went', () => {
    for (const order of orders(names)) {
      const rest = order.slice(1);
      const off = services.switched(
        stackOf(...order),
        { activate: [], deactivate: order.slice(0, 1) },
        2,
        zeroCounters(),
      );
      expect(given(services.inForce(own, off))).toEqual(inForce(...rest));
    }
  });

  it('of equal priority takes what the name that sorts first says', () => {
    const equal = new Services([define('b', 1, { downloadBps: 2n }), define('a', 1, { downloadBps: 1n })]);
    const stack = equal.switched(noServices(), { activate: ['b', 'a'], deactivate: [] }, 1, zeroCounters());
    expect(equal.inForce(own, stack).downloadBps).toBe(1n);
  });

  it('has nothing of a service that left the configuration, which can still be switched off', () => {
    const later = new Services([]);
    expect(given(later.inForce(own, stackOf('turbo')))).toEqual(inForce());
    const off = { activate: [], deactivate: ['turbo'] };
    expect(later.switched(stackOf('turbo'), off, 2, zeroCounters()).active).toEqual([]);
    expect(() => later.switched(noServices(), off, 2, zeroCounters())).toThrow('unknown service "turbo"');
  });
});

describe('a switch', () => {
  it('leaves what is on as it is, and numbers each time anew', () => {
    const first = stackOf('turbo', 'night');
    const again = services.switched(first, { activate: ['turbo', 'turbo'], deactivate: ['gold'] }, 5, zeroCounters());
    expect(again).toEqual(first);
    const off = services.switched(first, { activate: [], deactivate: ['turbo'] }, 6, zeroCounters());
    const on = services.switched(off, { activate: ['turbo'], deactivate: [] }, 7, zeroCounters());
    expect(on.active.map(({ name, number, sinceMs }) => [name, number, sinceMs])).toEqual([
      ['night', 2, 1],
      ['turbo', 3, 7],
    ]);
  });

  it('counts from its own beginning, and survives its row', () => {
    const total = { ...zeroCounters(), inputOctets: 1_000_000_000_000n, outputPackets: 7n };
    const stack = services.switched(noServices(), { activate: ['night'], deactivate: [] }, 1, total);
    const [night] = stack.active;
    const now = { ...total, inputOctets: total.inputOctets + 5n, outputOctets: 9n };
    expect(night && serviceUsage(night, now)).toEqual({ ...zeroCounters(), inputOctets: 5n, outputOctets: 9n });
    expect(stackFromJson(JSON.parse(JSON.stringify(stackJson(stack))))).toEqual(stack);
    expect(stackFromJson({})).toEqual(noServices());
  });
});
