import { nicCommand } from '../nic-command.js';
import type { FakeCard, FakeMachine } from './fake-machine.testkit.js';

export const left = '0000:03:00.0';
export const right = '0000:03:00.1';
export const management = '0000:01:00.0';
export const mellanox = '0000:04:00.0';

/** A management card, the two ports of another one, a Mellanox card, and a disk. */
export const usualCards: readonly FakeCard[] = [
  { pci: management, driver: 'igb', device: 'mgmt', group: '1' },
  { pci: left, driver: 'i40e', device: 'eth1', group: '10' },
  { pci: right, driver: 'i40e', device: 'eth2', group: '11', node: 1 },
  { pci: mellanox, driver: 'mlx5_core', device: 'eth3', group: '12', model: ['0x15b3', '0x1017'] },
  { pci: '0000:05:00.0', driver: 'nvme', group: '13', class: '0x010802' },
];

/** Runs one command line on the fake machine. */
export function runNic(machine: FakeMachine, ...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = nicCommand(
    [...args, '--state', machine.state],
    { out: (text) => out.push(text), err: (text) => err.push(text) },
    { tree: machine.tree, ip: machine.ip, loadModule: (name) => machine.load(name) },
  );
  return { code, out: out.join(''), err: err.join('') };
}
