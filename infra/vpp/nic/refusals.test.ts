import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeMachine } from './fake-machine.testkit.js';
import { left, mellanox, right, runNic, usualCards } from './run-nic.testkit.js';

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine(usualCards);
});
afterEach(() => machine.remove());

const zeros = '0'.repeat(32);
/** Lines as the kernel writes them. */
const routes4 = (device: string) =>
  machine.file(
    '/proc/net/route',
    `Iface\tDestination\n${device}\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n`,
  );
const routes6 = (device: string) =>
  machine.file(
    '/proc/net/ipv6_route',
    `${zeros} 00 ${zeros} 00 ${zeros} 00000400 00000002 00000000 00000003 ${device}\n`,
  );
const connection = (file: string, local: string, peer: string, state = '01', inode = '1') =>
  machine.file(`/proc/net/${file}`, `  sl  local\n   0: ${local} ${peer} ${state} 0:0 00:0 0 0 0 ${inode} 1\n`);
const holds = (device: string, local: string, scope = 'global') => {
  machine.addresses = [{ ifname: device, addr_info: [{ local, scope }] }];
};
const ours = '050200C0:0016';
const theirs = '096433C6:C350';

const never: [what: string, arrange: () => void, reason: string][] = [
  ['the default route of IPv4', () => routes4('eth1'), 'eth1 carries the default route'],
  ['the default route of IPv6', () => routes6('eth1'), 'eth1 carries the default route'],
  [
    'a default route with several next hops in another table',
    () => {
      machine.routes = [{ dst: 'default', nexthops: [{ dev: 'mgmt' }, { dev: 'eth1' }], table: '100' }];
    },
    'eth1 carries the default route',
  ],
  [
    'a default route over a VLAN of its bond',
    () => {
      machine.link('/sys/class/net/eth1/master', '../bond0');
      machine.link('/sys/class/net/bond0/upper_bond0.7', '../bond0.7');
      routes4('bond0.7');
    },
    'bond0.7 carries the default route',
  ],
  [
    'an SSH session',
    () => {
      holds('eth1', '192.0.2.5');
      connection('tcp', ours, theirs);
    },
    'eth1 carries the SSH session of 198.51.100.9',
  ],
  [
    'an SSH session over IPv6',
    () => {
      holds('eth1', '2001:db8::5');
      connection('tcp6', 'B80D0120000000000000000005000000:0016', 'B80D0120000000000000000009000000:C350');
    },
    'eth1 carries the SSH session of 2001:db8:0:0:0:0:0:9',
  ],
  [
    'an SSH session over an IPv4 address in IPv6',
    () => {
      holds('eth1', '192.0.2.5');
      connection('tcp6', '0000000000000000FFFF0000050200C0:0016', '0000000000000000FFFF0000096433C6:C350');
    },
    'eth1 carries the SSH session of 198.51.100.9',
  ],
  [
    'the way back of an SSH session',
    () => {
      machine.routeTo = { '198.51.100.9': 'eth1' };
      connection('tcp', ours, theirs);
    },
    'eth1 carries the SSH session of 198.51.100.9',
  ],
  [
    'a session of an sshd on another port',
    () => {
      holds('eth1', '192.0.2.5');
      machine.file('/proc/77/comm', 'sshd-session\n');
      machine.link('/proc/77/fd/4', 'socket:[4242]');
      connection('tcp', '050200C0:08AE', theirs, '01', '4242');
    },
    'eth1 carries the SSH session of 198.51.100.9',
  ],
  [
    'a device of another kind in its IOMMU group',
    () => machine.link('/sys/kernel/iommu_groups/10/devices/0000:05:00.0', '../x'),
    'IOMMU group 10 also holds 0000:05:00.0 (nvme)',
  ],
];

const unlessForced: [what: string, arrange: () => void, reason: string][] = [
  ['an address', () => holds('eth1', '192.0.2.5'), 'eth1 has the address 192.0.2.5'],
  [
    'membership in a bridge',
    () => {
      machine.link('/sys/class/net/eth1/master', '../br0');
      machine.folder('/sys/class/net/br0/bridge');
    },
    'eth1 is a member of the bridge br0',
  ],
  [
    'membership in a bond',
    () => {
      machine.link('/sys/class/net/eth1/master', '../bond0');
      machine.folder('/sys/class/net/bond0/bonding');
    },
    'eth1 is a member of the bond bond0',
  ],
  ['a VLAN', () => machine.link('/sys/class/net/eth1/upper_eth1.9', '../eth1.9'), 'eth1.9 is built on eth1'],
  ['virtual functions', () => machine.file(`/sys/bus/pci/devices/${left}/sriov_numvfs`, '4\n'), '4 virtual functions'],
];

describe('a card stays with the kernel', () => {
  it.each(never)('that has %s, even when forced', (_what, arrange, reason) => {
    arrange();
    const before = machine.picture();
    expect(runNic(machine, 'bind', right, left, '--force')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining(`refused: ${reason}`),
    });
    expect(machine.picture()).toEqual(before);
    expect(machine.writes).toEqual([]);
  });

  it.each(unlessForced)('that has %s, unless forced', (_what, arrange, reason) => {
    arrange();
    const before = machine.picture();
    const refused = runNic(machine, 'bind', left);
    expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining(`refused: `) });
    expect(refused.err).toContain(`${reason}`);
    expect(refused.err).toContain('--force');
    expect(machine.picture()).toEqual(before);
    expect(runNic(machine, 'bind', left, '--force')).toMatchObject({ code: 0, err: expect.stringContaining('forced') });
    expect(machine.driverOf(left)).toBe('vfio-pci');
  });

  it('that DPDK drives through the kernel', () => {
    expect(runNic(machine, 'bind', mellanox, '--force')).toMatchObject({
      code: 1,
      err: expect.stringContaining('Mellanox'),
    });
  });

  it('when routes cannot be read', () => {
    machine.ip = () => {
      throw new Error('ip: not found');
    };
    expect(runNic(machine, 'bind', left, '--force')).toMatchObject({
      code: 1,
      err: expect.stringContaining('not found'),
    });
    expect(machine.writes).toEqual([]);
  });
});

describe('a card is given', () => {
  it.each<[string, () => void]>([
    ['with a link-local address only', () => holds('eth1', 'fe80::1', 'link')],
    ['when another one has the default route', () => routes4('mgmt')],
    ['when an SSH session comes in by another one', () => connection('tcp', ours, theirs)],
    [
      'when an SSH session over it has ended',
      () => {
        machine.routeTo = { '198.51.100.9': 'eth1' };
        connection('tcp', ours, theirs, '06');
      },
    ],
    [
      'with a bridge in its IOMMU group',
      () => {
        machine.file('/sys/bus/pci/devices/0000:00:1c.0/class', '0x060400\n');
        machine.link('/sys/bus/pci/devices/0000:00:1c.0/driver', '../pcieport');
        machine.link('/sys/kernel/iommu_groups/10/devices/0000:00:1c.0', '../x');
      },
    ],
  ])('%s', (_what, arrange) => {
    arrange();
    expect(runNic(machine, 'bind', left)).toMatchObject({ code: 0, err: '' });
  });

  it('together with the others of its IOMMU group, not alone', () => {
    machine.link(`/sys/kernel/iommu_groups/10/devices/${right}`, '../x');
    expect(runNic(machine, 'bind', left)).toMatchObject({ code: 1, err: expect.stringContaining(right) });
    expect(runNic(machine, 'bind', left, right).code).toBe(0);
  });
});
