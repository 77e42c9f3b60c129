import { describe, expect, test } from '@jest/globals';
import { nameReader, onInterface, ourName, stableMac, vppName, vrfName } from './names.js';

const long = 'session.0b9fca3e-4f3e-4f0d-9a0a-000000000000.with-a-very-long-tail-that-does-not-fit.down';

describe('names in VPP', () => {
  test.each([
    { text: 'vrf', name: 'cw:vrf' },
    { text: 'x'.repeat(60), name: `cw:${'x'.repeat(60)}` },
  ])('$text fits', ({ text, name }) => {
    expect(vppName(text)).toBe(name);
    expect(ourName(name)).toBe(text);
  });

  test('a name that is too long becomes a digest of at most 63 bytes, read back by those who may be meant', () => {
    expect(Buffer.byteLength(vppName(long))).toBeLessThanOrEqual(63);
    expect(vppName(long)).not.toBe(vppName(`${long}2`));
    expect(nameReader([long, 'other'])(vppName(long))).toBe(long);
    expect(nameReader([])(vppName(long))).toMatch(/^#[0-9a-f]{48}$/);
  });

  test.each(['', 'loop', 'CW:x'])("'%s' is not ours", (name) => expect(nameReader([])(name)).toBeUndefined());
});

test('an absent VRF is the default one, and needs no binding', () => {
  expect(vrfName(undefined)).toBe('default');
  expect(onInterface('loopback/g', undefined)).toEqual(['loopback/g']);
  expect(onInterface('loopback/g', 'vrf/blue')).toEqual(['loopback/g', 'interface-vrf/g']);
});

test('a stable MAC is local, unicast, and the same for the same words', () => {
  expect(stableMac('node', 'access')).toMatch(/^02(:[0-9a-f]{2}){5}$/);
  expect(stableMac('node', 'access')).toBe(stableMac('node', 'access'));
  expect(stableMac('node', 'access')).not.toBe(stableMac('nodea', 'ccess'));
});
