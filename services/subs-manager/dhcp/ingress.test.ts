import { describe, expect, it } from '@jest/globals';
import { type DhcpPacket, decodeDhcp, encodeDhcp } from '#lib/dhcp/packet.js';
import { HOSTILE_MS, heapGrowthMb, hostileInputs, mutations } from '#lib/net/mutate.testkit.js';
import { configSchema } from '../config.js';
import { Groups } from '../lines/groups.js';
import { LineIndex } from '../lines/line-index.js';
import { makeLines } from '../testkit/configd.testkit.js';
import { giaddr, relayed } from '../testkit/relay.testkit.js';
import { dropReasons } from './drops.js';
import { Ingress } from './ingress.js';

const config = configSchema.parse({
  databaseUrl: 'postgres://nowhere',
  configd: '127.0.0.1:1',
  aaa: '127.0.0.1:1',
  groups: [{ name: 'homes', match: [{ outerVlan: '100-200', innerVlan: '1-2' }] }],
});
const lines = new LineIndex();
for (const value of makeLines(3)) lines.apply({ generation: 1n, event: { $case: 'upsert', value } });
lines.apply({ generation: 1n, event: { $case: 'snapshotDone', value: true } });
const relays = new Map([[giaddr, { address: '127.0.0.1', port: 6768 }]]);
const ingress = new Ingress({ relayPort: 67, relays }, lines, new Groups(config.groups));

const good = relayed({ type: 'discover', mac: '02:00:00:00:00:01', xid: 1, hostName: 'a\u0000b' }, 10);
const read = (payload: Uint8Array, address = '127.0.0.1') => ingress.read({ payload, address, port: 68 });
const changed = (changes: Partial<DhcpPacket>): Uint8Array => {
  const packet = decodeDhcp(good);
  return encodeDhcp({ ...(packet as { value: DhcpPacket }).value, ...changes });
};

describe('what comes in', () => {
  it('is known with its line, group, gateway and relay', () => {
    expect(read(good)).toMatchObject({
      ok: true,
      value: {
        type: 'discover',
        line: { name: 'access.100.1' },
        group: { name: 'homes' },
        gateway: '100.64.0.1',
        relay: { address: '127.0.0.1', port: 6768 },
        identity: { mac: '02:00:00:00:00:01', hostName: 'ab' },
      },
    });
  });

  it.each([
    ['not DHCP', Buffer.from('hello'), 'malformed'],
    ['a reply', changed({ op: 2 }), 'not_request'],
    ['not Ethernet', changed({ htype: 6 }), 'bad_hardware'],
    ['a multicast MAC', changed({ mac: '01:00:5e:00:00:01' }), 'bad_hardware'],
    ['no MAC', changed({ mac: '00:00:00:00:00:00' }), 'bad_hardware'],
    ['a message of servers', relayed({ type: 'ack', mac: '02:00:00:00:00:01', xid: 1 }, 10), 'unknown_type'],
    ['no relay', changed({ giaddr: '0.0.0.0' }), 'no_relay'],
    ['another relay', changed({ giaddr: '10.9.9.9' }), 'unknown_relay'],
    ['no option 82', changed({ options: [{ code: 53, data: Uint8Array.of(1) }] }), 'no_option82'],
    [
      'an option 82 cut off',
      changed({
        options: [
          { code: 53, data: Uint8Array.of(1) },
          { code: 82, data: Uint8Array.of(1, 9, 1) },
        ],
      }),
      'bad_option82',
    ],
    [
      'an option 82 of an access node only',
      changed({
        options: [
          { code: 53, data: Uint8Array.of(1) },
          { code: 82, data: Uint8Array.of(1, 1, 65) },
        ],
      }),
      'bad_option82',
    ],
    ['an unknown index', relayed({ type: 'discover', mac: '02:00:00:00:00:01', xid: 1 }, 99), 'unknown_line'],
    ['a line of no group', relayed({ type: 'discover', mac: '02:00:00:00:00:01', xid: 1 }, 12), 'no_group'],
  ])('%s is dropped with its reason', (_name, payload, reason) => {
    expect(read(payload)).toMatchObject({ ok: false, reason });
  });

  it('is dropped when it does not come from the relay it names', () => {
    const about = { mac: '02:00:00:00:00:01', line: '', detail: `giaddr ${giaddr}` };
    expect(read(good, '192.0.2.66')).toEqual({ ok: false, reason: 'unknown_relay', about });
  });

  it('is dropped when the relay address is not one of the line', () => {
    const elsewhere = good.slice();
    const at = Buffer.from(good).lastIndexOf(Buffer.from([100, 64, 0, 1]));
    elsewhere.set([100, 65, 0, 1], at);
    const about = { mac: '02:00:00:00:00:01', line: 'access.100.1', detail: 'relay address 100.65.0.1' };
    expect(read(elsewhere)).toEqual({ ok: false, reason: 'gateway_mismatch', about });
  });

  it('is dropped with an option 82 of the client itself, where there are no access nodes', () => {
    const forged = [{ code: 82, data: Uint8Array.of(1, 1, 65) }];
    const payload = relayed({ type: 'discover', mac: '02:00:00:00:00:01', xid: 1 }, 10, forged);
    const without = new Groups(config.groups.map((group) => ({ ...group, accessNodes: false })));
    const bare = new Ingress({ relayPort: 67, relays }, lines, without);
    const from = { address: '127.0.0.1', port: 68 };
    expect(read(payload)).toMatchObject({ ok: true });
    expect(bare.read({ payload: good, ...from })).toMatchObject({ ok: true });
    expect(bare.read({ payload, ...from })).toMatchObject({
      reason: 'forged_option82',
      about: { line: 'access.100.1' },
    });
  });

  it(
    'never throws, always has a reason and keeps nothing: 100,000 random, truncated and mutated packets',
    () => {
      const seen = new Set<string>();
      const growthMb = heapGrowthMb(() => {
        for (const payload of mutations(good, hostileInputs(100_000))) {
          const result = read(payload);
          seen.add(result.ok ? 'ok' : result.reason);
        }
      });
      expect(growthMb).toBeLessThan(10);
      expect([...seen].filter((reason) => reason !== 'ok' && !(reason in dropReasons))).toEqual([]);
      expect(seen.size).toBeGreaterThan(5);
    },
    HOSTILE_MS,
  );
});
