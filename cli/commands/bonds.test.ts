import { afterEach, expect, test } from '@jest/globals';
import type { Bond, BondMember, Lacp } from '#gen/bng/v1/configd.js';
import { type Fakes, startFakes } from '../fake-services.testkit.js';

let fakes: Fakes;
afterEach(async () => fakes?.stop());

const now = 1_000_000_000;
const lacp: Lacp = {
  partner: '02:00:00:00:00:09',
  partnerPriority: 1,
  partnerKey: 2,
  partnerPort: 3,
  synchronised: true,
  collecting: true,
  distributing: true,
  expired: false,
};
const member = (name: string, change: Partial<BondMember> = {}): BondMember => ({
  ...{ name, enabled: true, link: true, active: true, changedMs: BigInt(now - 5_000), lacp },
  ...change,
});
const bond = (change: Partial<Bond> = {}): Bond => ({
  ...{ name: 'uplink', mode: 'lacp', up: true, activeMembers: 2, minMembers: 1, degraded: false },
  ...{ changedMs: BigInt(now - 5_000), members: [member('a'), member('b')] },
  ...change,
});
const rowsOf = (out: string) =>
  out
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/ {2,}/));

test('members side by side, what LACP agreed on, and since when', async () => {
  fakes = await startFakes({ bonds: () => ({ bonds: [bond()] }) });
  const { code, out } = await fakes.run(['bonds'], { nowMs: () => now });
  expect(code).toBe(0);
  expect(rowsOf(out)).toEqual([
    ['uplink', 'lacp', 'up', '2/2', '* a', 'up', 'synchronised', '02:00:00:00:00:09 port 3', '5s'],
    ['* b', 'up', 'synchronised', '02:00:00:00:00:09 port 3', '5s'],
  ]);
});

test('a degraded bond makes 1', async () => {
  const silent = { ...lacp, partner: '', partnerPort: 0, synchronised: false };
  const members = [
    member('a', { active: false, link: false, lacp: { ...lacp, expired: true } }),
    member('b', { active: false, lacp: silent }),
    member('c', { active: false, enabled: false, lacp: undefined }),
  ];
  const down = bond({ up: false, degraded: true, activeMembers: 0, minMembers: 2, members });
  fakes = await startFakes({ bonds: () => ({ bonds: [down] }) });
  const { code, out } = await fakes.run(['bonds'], { nowMs: () => now });
  expect(code).toBe(1);
  expect(rowsOf(out)).toEqual([
    ['uplink', 'lacp', 'down, degraded', '0/3 (min 2)', 'a', 'down', 'expired', '02:00:00:00:00:09 port 3', '5s'],
    ['b', 'up', 'not synchronised', 'none', '5s'],
    ['c', 'disabled', '-', '-', '5s'],
  ]);
});

test('none, and --json', async () => {
  fakes = await startFakes({ bonds: () => ({ bonds: [] }) });
  expect((await fakes.run(['bonds'])).out).toBe('no bonds\n');
  expect(JSON.parse((await fakes.run(['--json', 'bonds'])).out)).toEqual({ bonds: [] });
});
