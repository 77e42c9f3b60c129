import { expect, test } from '@jest/globals';
import { createDataplane } from '../../dataplane.js';

function dataplane() {
  return createDataplane({
    crash(reason) {
      throw new Error(reason);
    },
    nowMs: () => 0,
  });
}
const enabled = { insideTable: 0, outsideTable: 0, sessions: 1000 };

test('a pool takes 65536 addresses; with more VPP searches for minutes', () => {
  const { pool } = dataplane().nat44Ed;
  expect(pool.changeRange('10.0.0.0', '10.0.255.255', true, undefined, false)).toBe(0);
  expect(pool.list()).toHaveLength(65_536);
  expect(() => pool.changeRange('10.1.0.0', '10.1.0.0', true, undefined, false)).toThrow('answers nobody');
  expect(pool.changeRange('10.0.0.0', '10.0.255.255', false, undefined, false)).toBe(0);
  expect(() => pool.changeRange('0.0.0.0', '10.0.0.0', true, undefined, false)).toThrow('answers nobody');
  expect(pool.list()).toEqual([]);
});

test('sessions and DET44 hosts are taken from one heap, and given back', () => {
  const { nat44Ed, nat44Ei, det44 } = dataplane();
  expect(() => nat44Ed.enable(0, { ...enabled, sessions: 0xffffffff })).toThrow('does not fit the main heap');
  const users = { ...enabled, users: 10, userSessions: 10 };
  expect(() => nat44Ei.enable(0, { ...users, sessions: 0xffffffff })).toThrow('does not fit the main heap');
  const large = ['10.0.0.0', 17, '203.0.113.0', 24] as const;
  expect(det44.changeMap(true, ...large)).toBe(0);
  expect(() => det44.changeMap(true, '10.128.0.0', 17, '203.0.114.0', 24)).toThrow('does not fit the main heap');
  expect(() => nat44Ed.enable(0, { ...enabled, sessions: 1_000_000 })).toThrow('does not fit the main heap');
  expect(det44.changeMap(false, ...large)).toBe(0);
  expect(nat44Ed.enable(0, { ...enabled, sessions: 1_000_000 })).toBe(0);
});

test('prefix lengths that VPP does not check', () => {
  const { det44 } = dataplane();
  expect(() => det44.changeMap(true, '10.0.0.0', 33, '203.0.113.0', 24)).toThrow('past the end of the masks');
  expect(() => det44.changeMap(true, '10.0.0.0', 24, '203.0.113.0', 22)).toThrow('divides by zero');
  expect(() => det44.changeMap(true, '10.0.0.0', 8, '203.0.113.0', 24)).toThrow('does not fit the main heap');
});
