import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeMachine } from './nic/fake-machine.testkit.js';
import { left, management, mellanox, right, runNic, usualCards } from './nic/run-nic.testkit.js';

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine(usualCards);
});
afterEach(() => machine.remove());
const nic = (...args: string[]) => runNic(machine, ...args);
const stateFile = () => JSON.parse(readFileSync(machine.state, 'utf8'));

describe('nic bind', () => {
  it('moves cards to vfio-pci by address and by name, and remembers their drivers', () => {
    expect(nic('bind', '03:00.0', 'eth2')).toMatchObject({
      code: 0,
      out: `moved ${left} (eth1) from i40e to vfio-pci\nmoved ${right} (eth2) from i40e to vfio-pci\n`,
    });
    expect([left, right, management].map((pci) => machine.driverOf(pci))).toEqual(['vfio-pci', 'vfio-pci', 'igb']);
    expect(stateFile()).toMatchObject({
      version: 1,
      cards: { [left]: { driver: 'i40e', driverOverride: null, interfaces: ['eth1'] }, [right]: { driver: 'i40e' } },
    });
    expect(machine.loaded).toEqual(['vfio-pci']);
  });

  it('leaves a card that is bound already as it is, and its record too', () => {
    nic('bind', left);
    expect(nic('bind', left, right)).toMatchObject({
      code: 0,
      err: expect.stringContaining(`${left} is with vfio-pci`),
    });
    expect(stateFile().cards[left].driver).toBe('i40e');
  });

  it('keeps the record of a bind that was killed half-way', () => {
    nic('bind', left);
    machine.tree.write('/sys/bus/pci/drivers/vfio-pci/unbind', left);
    expect(nic('bind', left).code).toBe(0);
    expect(stateFile().cards[left].driver).toBe('i40e');
  });

  it('only says what it would do with --dry-run', () => {
    const before = machine.picture();
    expect(nic('bind', left, '--dry-run')).toEqual({
      code: 0,
      out: `would move ${left} (eth1) from i40e to vfio-pci\n`,
      err: '',
    });
    expect(machine.picture()).toEqual(before);
    expect([machine.writes, machine.loaded, existsSync(machine.state)]).toEqual([[], [], false]);
  });

  it('takes the devices of the settings, and leaves those that DPDK wants with the kernel', () => {
    const file = join(machine.root, 'vpp.yaml');
    writeFileSync(file, `dpdk: { devices: [{ pci: "${left}" }, { pci: "${mellanox}" }] }\n`);
    expect(nic('bind', '--settings', file).code).toBe(0);
    expect([left, mellanox].map((pci) => machine.driverOf(pci))).toEqual(['vfio-pci', 'mlx5_core']);
  });

  it('works without an IOMMU only when the kernel was told so', () => {
    machine.remove();
    machine = new FakeMachine([{ pci: left, driver: 'i40e', device: 'eth1' }]);
    expect(nic('bind', left)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no IOMMU.*intel_iommu=on.*noiommu/),
    });
    machine.file('/sys/module/vfio/parameters/enable_unsafe_noiommu_mode', 'Y\n');
    expect(nic('bind', left)).toMatchObject({ code: 0, err: expect.stringContaining('without an IOMMU') });
  });
});

describe('nic restore', () => {
  it('gives a card back to its driver and forgets it', () => {
    const before = machine.picture();
    nic('bind', left, right);
    expect(nic('restore', left)).toMatchObject({ code: 0, out: `gave ${left} back to i40e\n` });
    expect(nic('restore', '--all')).toMatchObject({ code: 0, out: `gave ${right} back to i40e\n` });
    expect(stateFile().cards).toEqual({});
    expect(machine.picture().filter((line) => !line.startsWith('/drivers.json'))).toEqual(before);
  });

  it('works from any state in between', () => {
    nic('bind', left);
    machine.tree.write('/sys/bus/pci/drivers/vfio-pci/unbind', left);
    expect(nic('restore', left).code).toBe(0);
    expect(machine.driverOf(left)).toBe('i40e');
  });

  it('leaves a card alone that a program has open, or that nobody remembers', () => {
    nic('bind', left);
    machine.file('/proc/77/comm', 'vpp_main\n');
    machine.link('/proc/77/fd/9', '/dev/vfio/10');
    expect(nic('restore', left)).toMatchObject({ code: 1, err: expect.stringContaining('in use by vpp_main (77)') });
    expect(nic('restore', management)).toMatchObject({ code: 1, err: expect.stringContaining('nobody remembers') });
    expect([left, management].map((pci) => machine.driverOf(pci))).toEqual(['vfio-pci', 'igb']);
  });

  it('keeps the record when the kernel refuses', () => {
    nic('bind', left);
    machine.refuseWrite = (_index, path) => path.endsWith('/unbind');
    expect(nic('restore', left)).toMatchObject({ code: 1, out: '', err: expect.stringContaining('EBUSY') });
    expect(stateFile().cards[left].driver).toBe('i40e');
  });

  it('only says what it would do with --dry-run', () => {
    nic('bind', left);
    const before = machine.picture();
    expect(nic('restore', '--all', '--dry-run').out).toBe(`would give ${left} back to i40e\n`);
    expect(machine.picture()).toEqual(before);
  });
});

describe('nic list', () => {
  it('shows every network card and what speaks against taking it', () => {
    machine.file('/proc/net/route', 'mgmt\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n');
    nic('bind', left);
    const lines = nic('list').out.split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^PCI +MODEL +DRIVER +NODE +IOMMU +INTERFACES +NOTES$/),
      expect.stringMatching(/^0000:01:00\.0 +8086:1572 +igb +0 +1 +mgmt +mgmt carries the default route$/),
      expect.stringMatching(/^0000:03:00\.0 +8086:1572 +vfio-pci +0 +10 +- +was with i40e$/),
      expect.stringMatching(/^0000:03:00\.1 +8086:1572 +i40e +1 +11 +eth2$/),
      expect.stringMatching(/^0000:04:00\.0 +15b3:1017 +mlx5_core +0 +12 +eth3 +stays with its kernel driver/),
      '',
    ]);
  });
});

describe('the command line', () => {
  it.each([
    [[], 2, 'list, bind or restore is expected'],
    [['steal'], 2, '"steal"'],
    [['bind'], 2, 'no card is named'],
    [['restore'], 2, 'no card is named'],
    [['bind', '--quick'], 2, '--quick'],
    [['bind', 'eth9'], 1, 'there is no network card eth9'],
    [['bind', '0000:05:00.0'], 1, 'there is no network card 0000:05:00.0'],
  ])('%j ends with %d', (args, code, message) => {
    expect(nic(...args)).toMatchObject({ code, err: expect.stringContaining(message) });
  });

  it('does nothing with a damaged memory of drivers', () => {
    writeFileSync(machine.state, '{ "version": 1, "cards": ');
    expect(nic('bind', left)).toMatchObject({ code: 1, err: expect.stringContaining('is damaged') });
    expect(machine.writes).toEqual([]);
  });
});
