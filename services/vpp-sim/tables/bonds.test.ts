import { expect, test } from '@jest/globals';
import { BOND_MODE, BondTable } from './bonds.js';
import { InterfaceTable } from './interfaces.js';

const port = { kind: 'af-packet', name: 'host-a', devType: 'af-packet', mac: '02:00:00:00:00:01' } as const;

test('an LACP member is active while it is up and a system answers', () => {
  const interfaces = new InterfaceTable();
  const bonds = new BondTable(interfaces);
  const { swIfIndex } = interfaces.addHardware({ ...port, linkUp: true, linkMtu: 9000 });
  const made = bonds.create({ id: 0, mode: BOND_MODE.lacp, loadBalance: 1, numaOnly: false, mac: undefined });
  bonds.addMember(swIfIndex, made.swIfIndex, { isPassive: false, isLongTimeout: false });
  const hasLink = () => interfaces.get(made.swIfIndex)?.linkUp;
  const seen = [hasLink()];
  interfaces.setAdmin(swIfIndex, true);
  seen.push(hasLink());
  bonds.setPartner(swIfIndex, '02:00:00:00:00:99');
  seen.push(hasLink());
  bonds.setPartner(swIfIndex, undefined);
  seen.push(hasLink());
  expect(seen).toEqual([false, false, true, false]);
});
