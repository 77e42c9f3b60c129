import { describe, expect, test } from '@jest/globals';
import { Allocator6, type Wish6 } from './allocator6.js';
import { Pool6 } from './pool6.js';

const pool = (name: string, prefix: string, length: number, exclude: string[] = [], vrf?: string) =>
  new Pool6({ name, prefix, length, exclude, vrf });
const free = () => true;

describe('a pool', () => {
  test('of addresses gives them in order, without the subnet’s own, the excluded and the used', () => {
    const na = pool('na', '2001:db8::/64', 128, ['2001:db8::2/127']);
    expect(na.take('2001:db8::4', 0)).toBe(true);
    expect([0, 0].map(() => na.takeAny(0, free))).toEqual(['2001:db8::1', '2001:db8::5']);
    expect(na.contains('2001:db8::3')).toBe(false);
    expect(na.contains('2001:db8:1::1')).toBe(false);
    expect(na).toMatchObject({ used: 3, size: Number.MAX_SAFE_INTEGER });
  });

  test('of prefixes ends, and begins again with what was free longest', () => {
    const pd = pool('pd', '2001:db8:a000::/54', 56, ['2001:db8:a000:200::/56']);
    const all = [0, 0, 0].map(() => pd.takeAny(0, free));
    expect(all).toEqual(['2001:db8:a000::/56', '2001:db8:a000:100::/56', '2001:db8:a000:300::/56']);
    expect(pd.takeAny(0, free)).toBeUndefined();
    pd.release('2001:db8:a000:300::/56');
    pd.release('2001:db8:a000::/56');
    expect(pd.takeAny(0, free)).toBe('2001:db8:a000:300::/56');
    expect(pd.size).toBe(4);
  });

  test('keeps back what is in quarantine, until it is over', () => {
    const pd = pool('pd', '2001:db8::/56', 56);
    expect(pd.takeAny(0, free)).toBe('2001:db8::/56');
    pd.release('2001:db8::/56', 1000);
    expect(pd.takeAny(999, free)).toBeUndefined();
    expect(pd.inQuarantine).toBe(1);
    expect(pd.takeAny(1000, free)).toBe('2001:db8::/56');
  });
});

describe('an allocator', () => {
  const make = () =>
    new Allocator6(
      [pool('na', '2001:db8::/64', 128), pool('pd', '2001:db8:a000::/40', 56), pool('tiny', '2001:db8:f::/56', 56)],
      (address) => address === '2001:db8::1',
    );
  const wish = (change: Partial<Wish6> = {}): Wish6 => ({
    sessionId: 's1',
    subscriber: 'line 1',
    vrf: 'default',
    kind: 'delegated',
    pools: ['pd'],
    framed: '',
    ...change,
  });

  test.each([
    ['covers it', '2001:db8:b000::/48', '2001:db8:b000:100::/56'],
    ['lies in it', '2001:db8:b000:100::/56', '2001:db8:b000::/48'],
    ['is an address in it', '2001:db8:b000:100::7', '2001:db8:b000:100::/56'],
    ['has it as an address', '2001:db8:b000:100::/56', '2001:db8:b000:100::7'],
  ])('refuses what another session has in parts: its prefix %s', (_, held, wanted) => {
    const subject = make();
    expect(subject.reserve(wish({ framed: held }), 0).ok).toBe(true);
    const other = wish({ sessionId: 's2', subscriber: 'line 2', framed: wanted });
    expect(subject.reserve(other, 0)).toEqual({ ok: false, reason: 'address_in_use' });
    expect(subject.reserve({ ...other, vrf: 'blue' }, 0).ok).toBe(true);
    subject.release('s1', 'default', held);
    expect(subject.reserve(other, 0).ok).toBe(true);
  });

  test('of its own prefixes a session may have an address', () => {
    const subject = make();
    expect(subject.reserve(wish({ kind: 'advertised', framed: '2001:db8:b000:1::/64' }), 0).ok).toBe(true);
    expect(subject.reserve(wish({ kind: 'address', framed: '2001:db8:b000:1::7' }), 0).ok).toBe(true);
  });

  test('a pool passes over what RADIUS gave out of its range, also after a restart', () => {
    const framed = '2001:db8:f::/57';
    const row = { vrf: 'default', ipv4: framed, subscriber: 'line 1', sessionId: 's1', quarantineUntilMs: 0 };
    const subject = make();
    subject.restore([row], 0);
    const other = wish({ sessionId: 's2', subscriber: 'line 2', pools: ['tiny'] });
    expect(subject.reserve(other, 0)).toEqual({ ok: false, reason: 'pool_exhausted' });
    subject.release('s1', 'default', framed);
    expect(subject.reserve(other, 0)).toMatchObject({ ok: true, value: '2001:db8:f::/56' });
  });

  test('gives a subscriber the same again, and never the gateway', () => {
    const subject = make();
    expect(subject.reserve(wish({ kind: 'address', pools: ['na'] }), 0)).toEqual({
      ok: true,
      value: '2001:db8::2',
      pool: 'na',
    });
    const first = subject.reserve(wish(), 0);
    expect(first).toEqual({ ok: true, value: '2001:db8:a000::/56', pool: 'pd' });
    subject.release('s1', 'default', '2001:db8:a000::/56');
    expect(subject.reserve(wish({ sessionId: 's2', subscriber: 'line 2' }), 0)).toMatchObject({
      value: '2001:db8:a000:100::/56',
    });
    expect(subject.reserve(wish({ sessionId: 's3' }), 0)).toEqual(first);
  });

  test('gives what the client asks for when it is free', () => {
    const hint = '2001:DB8:A0FF::/56';
    expect(make().reserve(wish({ hint }), 0)).toMatchObject({ value: '2001:db8:a0ff::/56' });
    expect(make().reserve(wish({ hint: '2001:db8:b000::/56' }), 0)).toMatchObject({ value: '2001:db8:a000::/56' });
  });

  test.each<[string, Partial<Wish6>, string]>([
    ['no pool', { pools: [] }, 'unknown_pool'],
    ['an unknown pool', { pools: ['nope'] }, 'unknown_pool'],
    ['our own address', { kind: 'address', framed: '2001:db8::1' }, 'bad_address'],
    ['what is held', { framed: '2001:db8:f::/56' }, 'address_in_use'],
    ['a pool that is exhausted', { pools: ['tiny'] }, 'pool_exhausted'],
    ['what was declined', { framed: '2001:db8:7::/56' }, 'address_quarantined'],
  ])('refuses %s', (_name, change, reason) => {
    const subject = make();
    expect(subject.reserve(wish({ sessionId: 'other', subscriber: 'x', pools: ['tiny'] }), 0)).toMatchObject({
      ok: true,
    });
    subject.reserve(wish({ sessionId: 'd', subscriber: 'd', framed: '2001:db8:7::/56' }), 0);
    subject.release('d', 'default', '2001:db8:7::/56', 1000);
    expect(subject.reserve(wish(change), 0)).toEqual({ ok: false, reason });
  });

  test('takes from pools of the session’s VRF and of none alone, which may overlap', () => {
    const subject = new Allocator6(
      [pool('red', '2001:db8::/55', 56, [], 'red'), pool('blue', '2001:db8::/55', 56, [], 'blue')],
      () => false,
    );
    const take = (change: Partial<Wish6>) => subject.reserve(wish({ pools: ['red', 'blue'], ...change }), 0);
    expect(take({ vrf: 'blue' })).toMatchObject({ value: '2001:db8::/56', pool: 'blue' });
    expect(take({ vrf: 'red', sessionId: 's2' })).toMatchObject({ value: '2001:db8::/56', pool: 'red' });
    expect(take({ sessionId: 's3' })).toEqual({ ok: false, reason: 'unknown_pool' });
    expect(take({ vrf: 'red', sessionId: 's4', framed: '2001:db8:0:100::/56' })).toMatchObject({ pool: 'red' });
    expect(take({ vrf: 'red', sessionId: 's5', subscriber: 'x' })).toEqual({ ok: false, reason: 'pool_exhausted' });
    subject.release('s2', 'red', '2001:db8::/56');
    expect(take({ vrf: 'red', sessionId: 's5', subscriber: 'x' })).toMatchObject({ value: '2001:db8::/56' });
    expect(subject.holderOf('blue', '2001:db8::/56')).toBe('s1');
  });

  test('a session that goes to another VRF holds what it has in both, until it leaves one', () => {
    const subject = new Allocator6([pool('red', '2001:db8::/56', 56, [], 'red')], () => false);
    const value = '2001:db8::/56';
    subject.reserve(wish({ vrf: 'red', pools: ['red'] }), 0);
    expect(subject.keep(wish({ vrf: 'blue' }), 'red', value, 0)).toEqual({ ok: true, value, pool: '' });
    expect(subject.keep(wish({ vrf: 'blue', sessionId: 's2' }), 'red', value, 0)).toMatchObject({ ok: false });
    subject.leave('s1', 'red', 'blue', value);
    expect(subject.reserve(wish({ vrf: 'red', pools: ['red'], sessionId: 's2' }), 0)).toMatchObject({ ok: true });
    expect(subject.keep(wish({ vrf: 'red' }), 'blue', value, 0)).toEqual({ ok: false, reason: 'address_in_use' });
    expect([...subject.held()].map(({ vrf, sessionId }) => [vrf, sessionId])).toEqual([
      ['blue', 's1'],
      ['red', 's2'],
    ]);
  });

  test('another session’s release is no release', () => {
    const subject = make();
    subject.reserve(wish(), 0);
    subject.release('s2', 'default', '2001:db8:a000::/56');
    expect(subject.reserve(wish({ sessionId: 's2', framed: '2001:db8:a000::/56' }), 0)).toMatchObject({ ok: false });
  });

  test('is rebuilt from the rows: held, free and declined', () => {
    const subject = make();
    const row = { vrf: 'default', subscriber: 'line 1', quarantineUntilMs: 0 };
    subject.restore(
      [
        { ...row, ipv4: '2001:db8:a000::/56', sessionId: 's1' },
        { ...row, ipv4: '2001:db8:a000:100::/56', subscriber: 'line 2', sessionId: undefined },
        { ...row, ipv4: '2001:db8:a000:200::/56', subscriber: 'line 3', sessionId: undefined, quarantineUntilMs: 500 },
      ],
      0,
    );
    expect(subject.reserve(wish({ sessionId: 's9', subscriber: 'line 9' }), 0)).toMatchObject({
      value: '2001:db8:a000:300::/56',
    });
    expect(subject.reserve(wish({ sessionId: 's2', subscriber: 'line 2' }), 0)).toMatchObject({
      value: '2001:db8:a000:100::/56',
    });
  });
});
