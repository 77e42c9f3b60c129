import { describe, expect, it } from '@jest/globals';
import { ip4Number } from '#lib/net/address.js';
import { type AddressWish, Allocator } from './allocator.js';
import { Pool } from './pool.js';

const range = (first: string, last: string) => [ip4Number(first) ?? 0, ip4Number(last) ?? 0] as const;
const make = () =>
  new Allocator(
    [
      new Pool({ name: 'a', ranges: [range('10.0.0.1', '10.0.0.4')] }),
      new Pool({ name: 'b', ranges: [range('10.0.1.1', '10.0.1.1')] }),
    ],
    (ipv4) => ipv4 === '10.0.0.1',
  );
const wish = (sessionId: string, more: Partial<AddressWish> = {}): AddressWish => ({
  sessionId,
  subscriber: `line-${sessionId}|mac`,
  vrf: 'default',
  pools: ['a'],
  ...more,
});
const given = (ipv4: string, pool = 'a') => ({ ok: true, ipv4, pool });
const refused = (reason: string) => ({ ok: false, reason });

describe('allocator', () => {
  it('leaves out our own addresses and goes on to the next pool', () => {
    const allocator = make();
    const answers = ['1', '2', '3', '4', '5'].map((id) => allocator.reserve(wish(id, { pools: ['a', 'b'] }), 0));
    expect(answers).toEqual([
      given('10.0.0.2'),
      given('10.0.0.3'),
      given('10.0.0.4'),
      given('10.0.1.1', 'b'),
      refused('pool_exhausted'),
    ]);
  });

  it('gives a subscriber the address it had, while nobody else needed it', () => {
    const allocator = make();
    allocator.reserve(wish('1'), 0);
    allocator.reserve(wish('2'), 0);
    allocator.release('1', 'default', '10.0.0.2');
    allocator.release('2', 'default', '10.0.0.3');
    expect(allocator.reserve(wish('3', { subscriber: 'line-2|mac' }), 0)).toEqual(given('10.0.0.3'));
  });

  it('goes on where a pool overflows to, and takes only pools of the VRF', () => {
    const pool = (name: string, address: string, more: object) =>
      new Pool({ name, ranges: [range(address, address)], ...more });
    const allocator = new Allocator(
      [
        pool('first', '10.0.0.9', { overflow: 'blue' }),
        pool('blue', '10.1.0.9', { vrf: 'blue', overflow: 'red' }),
        pool('red', '10.1.0.9', { vrf: 'red', overflow: 'first' }),
      ],
      () => false,
    );
    const take = (id: string, vrf: string) => allocator.reserve(wish(id, { vrf, pools: ['first'] }), 0);
    expect(['1', '2', '3'].map((id) => take(id, 'red'))).toEqual([
      given('10.0.0.9', 'first'),
      given('10.1.0.9', 'red'),
      refused('pool_exhausted'),
    ]);
    expect(take('4', 'blue')).toEqual(given('10.1.0.9', 'blue'));
    allocator.release('4', 'blue', '10.1.0.9');
    expect(allocator.reserve(wish('5', { vrf: 'blue', framed: '10.1.0.9' }), 0)).toEqual(given('10.1.0.9', 'blue'));
    expect([...allocator.held()]).toHaveLength(3);
  });

  it('takes a hint when it is free', () => {
    const allocator = make();
    expect(allocator.reserve(wish('1', { hint: '10.0.0.4' }), 0)).toEqual(given('10.0.0.4'));
    expect(allocator.reserve(wish('2', { hint: '10.0.0.4' }), 0)).toEqual(given('10.0.0.2'));
    expect(allocator.reserve(wish('3', { hint: '192.0.2.1' }), 0)).toEqual(given('10.0.0.3'));
  });

  it.each([
    ['one outside the pools', '192.0.2.9', given('192.0.2.9', '')],
    ['one inside a pool', '10.0.0.3', given('10.0.0.3')],
    ['one in use', '10.0.0.2', refused('address_in_use')],
    ['our own', '10.0.0.1', refused('bad_address')],
    ['multicast', '224.0.0.1', refused('bad_address')],
    ['nonsense', 'x', refused('bad_address')],
  ])('Framed-IP-Address: %s', (_name, framed, expected) => {
    const allocator = make();
    allocator.reserve(wish('1'), 0);
    expect(allocator.reserve(wish('2', { framed }), 0)).toEqual(expected);
  });

  it('keeps VRFs apart', () => {
    const allocator = make();
    expect(allocator.reserve(wish('1', { framed: '192.0.2.9' }), 0)).toEqual(given('192.0.2.9', ''));
    expect(allocator.reserve(wish('2', { framed: '192.0.2.9', vrf: 'blue' }), 0)).toEqual(given('192.0.2.9', ''));
  });

  it('ignores a release by somebody else', () => {
    const allocator = make();
    allocator.reserve(wish('1'), 0);
    allocator.release('2', 'default', '10.0.0.2');
    expect(allocator.reserve(wish('3', { framed: '10.0.0.2' }), 0)).toEqual(refused('address_in_use'));
  });

  it('is rebuilt from rows: held, habit and quarantine', () => {
    const allocator = make();
    const row = { vrf: 'default', quarantineUntilMs: 0 };
    allocator.restore(
      [
        { ...row, ipv4: '10.0.0.2', subscriber: 's2', sessionId: 'old' },
        { ...row, ipv4: '10.0.0.3', subscriber: 's3' },
        { ...row, ipv4: '10.0.0.4', subscriber: 's4', quarantineUntilMs: 1000 },
      ],
      0,
    );
    expect(allocator.reserve(wish('1', { subscriber: 's3' }), 0)).toEqual(given('10.0.0.3'));
    expect(allocator.reserve(wish('2'), 0)).toEqual(refused('pool_exhausted'));
    expect(allocator.reserve(wish('3', { framed: '10.0.0.4' }), 999)).toEqual(refused('address_quarantined'));
    expect(allocator.reserve(wish('3', { subscriber: 's4' }), 1000)).toEqual(given('10.0.0.4'));
  });
});
