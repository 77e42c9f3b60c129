import { describe, expect, it } from '@jest/globals';
import { compileDocument } from './compile.js';
import { loadDocument } from './load-document.js';
import { problemText } from './problem.js';

const base = `interfaces:
  core: { loopback: {}, addresses: [192.0.2.1/24, "2001:db8::1/64"] }
vrfs: { blue: { table: 1 } }
`;
const load = (text: string) => loadDocument(base + text);
const errors = (text: string) => {
  const loaded = load(text);
  return loaded.ok ? [] : loaded.errors.map(problemText);
};
const specs = (text: string) => {
  const loaded = load(text);
  if (!loaded.ok) throw new Error(loaded.errors.map(problemText).join());
  return Object.fromEntries(compileDocument(loaded.model, { name: 'n' }).map(({ key, spec }) => [key, spec]));
};

describe('watched next hops', () => {
  it('become next hops with all their times, and paths by their name', () => {
    const all = specs(`nextHops:
  a: { address: 192.0.2.2, interface: core }
  b: { address: 198.51.100.1, vrf: blue, probe: { intervalMs: 5000, failures: 2, returnAfterMs: 0 } }
routes:
  - { prefix: 10.0.0.0/8, via: [{ nextHop: a, weight: 3, minWeight: 1 }, { nextHop: b, preference: 1 }] }
  - { prefix: 10.0.0.0/8, vrf: blue, via: [{ nextHop: b }] }
`);
    const probe = { failures: 3, successes: 3, maxReturnAfterMs: 300_000 };
    expect(all).toMatchObject({
      'next-hop/a': {
        interface: 'loopback/core',
        probe: { ...probe, intervalMs: 500, timeoutMs: 500, returnAfterMs: 5000 },
      },
      'next-hop/b': { vrf: 'vrf/blue', probe: { ...probe, failures: 2, intervalMs: 5000, timeoutMs: 1000 } },
    });
    expect(all['route/default/10.0.0.0/8']).toMatchObject({
      paths: [
        { via: '192.0.2.2', interface: 'loopback/core', weight: 3, minWeight: 1, nextHop: 'a' },
        { via: '198.51.100.1', lookupIn: 'vrf/blue', preference: 1, nextHop: 'b' },
      ],
    });
    expect(all['route/blue/10.0.0.0/8']).toMatchObject({
      paths: [{ via: '198.51.100.1', weight: 1, preference: 0, nextHop: 'b' }],
    });
  });

  const hop = 'nextHops: { a: { address: 192.0.2.2, interface: core } }\n';
  const routeVia = (via: string) => `${hop}routes: [{ prefix: 10.0.0.0/8, via: [${via}] }]`;
  it.each([
    [
      'unknown',
      routeVia('{ nextHop: b }'),
      '5:49: routes[0].via[0].nextHop: there is no next hop "b"; write it under nextHops; did you mean "a"?',
    ],
    [
      'with an address',
      routeVia('{ nextHop: a, address: 192.0.2.2 }'),
      '5:52: routes[0].via[0].address: nextHops says where "a" is; write it there',
    ],
    [
      'twice',
      routeVia('{ nextHop: a }, { nextHop: a }'),
      '5:54: routes[0].via[1]: this next hop stands twice; give it more weight instead',
    ],
    [
      'a limit above the weight',
      routeVia('{ nextHop: a, weight: 2, minWeight: 3 }'),
      '5:74: routes[0].via[0].minWeight: minWeight 3 is more than the weight, 2',
    ],
    [
      'a limit for one that is not watched',
      routeVia('{ address: 192.0.2.2, minWeight: 1 }'),
      '5:60: routes[0].via[0].minWeight: only the weight of a watched next hop is moved; write "nextHop"',
    ],
    [
      'of the other family',
      `${hop}routes: [{ prefix: "::/0", via: [{ nextHop: a }] }]`,
      '5:45: routes[0].via[0].nextHop: "a" is IPv4, the route ::/0 is IPv6',
    ],
    [
      'an unknown interface',
      'nextHops: { a: { address: 192.0.2.2, interface: cor } }',
      '4:49: nextHops.a.interface: there is no interface "cor"; did you mean "core"?',
    ],
    [
      'an unknown VRF',
      'nextHops: { a: { address: 192.0.2.2, vrf: blu } }',
      '4:43: nextHops.a.vrf: there is no VRF "blu"; write it under vrfs; did you mean "blue"?',
    ],
    [
      'an interface and a VRF',
      'nextHops: { a: { address: 192.0.2.2, interface: core, vrf: blue } }',
      '4:55: nextHops.a.vrf: an interface has its VRF already; write either "interface" or "vrf"',
    ],
    [
      'itself',
      'nextHops: { a: { address: 192.0.2.1, interface: core } }',
      '4:27: nextHops.a.address: 192.0.2.1 is the address of "core" itself, no next hop',
    ],
    [
      'a link-local one without its link',
      'nextHops: { a: { address: "fe80::1" } }',
      '4:27: nextHops.a.address: fe80::1 is on every link; write the interface that it is a neighbour on',
    ],
    [
      'the same under two names',
      'nextHops: { a: { address: 192.0.2.2 }, b: { address: 192.0.2.2, vrf: default } }',
      '4:54: nextHops.b.address: "a" is 192.0.2.2 in VRF default already; use that one',
    ],
    [
      'probes that overlap',
      'nextHops: { a: { address: 192.0.2.2, probe: { timeoutMs: 600 } } }',
      '4:58: nextHops.a.probe.timeoutMs: a probe ends before the next begins: at most intervalMs, which is 500',
    ],
    [
      'a longest time below the first',
      'nextHops: { a: { address: 192.0.2.2, probe: { maxReturnAfterMs: 100 } } }',
      '4:47: nextHops.a.probe.maxReturnAfterMs: the longest time is less than the first, returnAfterMs 5000',
    ],
    [
      'an interval that floods',
      'nextHops: { a: { address: 192.0.2.2, probe: { intervalMs: 10 } } }',
      '4:59: nextHops.a.probe.intervalMs: an interval is a whole number from 100 to 60000, not 10',
    ],
    [
      'no address',
      'nextHops: { a: { interface: core } }',
      '4:16: nextHops.a: "address" is missing: an address is expected',
    ],
  ])('is refused: %s', (_name, text, message) => {
    expect(errors(text)).toEqual([message]);
  });

  it('advises of an address that is in no network of the interface', () => {
    const loaded = load('nextHops: { a: { address: 198.51.100.9, interface: core } }');
    expect(loaded).toMatchObject({
      ok: true,
      warnings: [expect.objectContaining({ path: 'nextHops.a.address' })],
    });
  });
});
