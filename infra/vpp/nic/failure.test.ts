import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeMachine } from './fake-machine.testkit.js';
import { left, right, runNic, usualCards } from './run-nic.testkit.js';

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine(usualCards);
  machine.load('vfio-pci');
});
afterEach(() => machine.remove());
const withoutState = () => machine.picture().filter((line) => !line.startsWith('/drivers.json'));
const stateFile = () => JSON.parse(readFileSync(machine.state, 'utf8'));

/** Reservation, unbind, probe: three writes a card. */
const writesOfBind = 6;

describe('a bind of two cards', () => {
  it('takes as many writes as are refused below', () => {
    runNic(machine, 'bind', left, right);
    expect(machine.writes).toHaveLength(writesOfBind);
  });

  it.each(Array.from({ length: writesOfBind }, (_, index) => index))(
    'leaves everything as it was when write %d is refused',
    (refused) => {
      const before = withoutState();
      machine.refuseWrite = (index) => index === refused;
      expect(runNic(machine, 'bind', left, right)).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringMatching(/EBUSY[\s\S]*every card is with its driver again/),
      });
      expect(withoutState()).toEqual(before);
      expect(stateFile().cards).toEqual({});
    },
  );

  it('is undone when vfio-pci does not take the second card', () => {
    const before = withoutState();
    const { tree } = machine;
    const deaf = {
      ...tree,
      write: (path: string, value: string) =>
        path.endsWith('drivers_probe') && value === right ? undefined : tree.write(path, value),
    };
    Object.defineProperty(machine, 'tree', { value: deaf });
    // The driver's own bind file gives the card back where probing is deaf.
    expect(runNic(machine, 'bind', left, right).err).toContain(`vfio-pci did not take ${right}`);
    expect(withoutState()).toEqual(before);
  });

  it('says what could not be put back, and restore does it later', () => {
    machine.refuseWrite = (index, path) => index === 5 || (index > 5 && path.includes('/drivers/vfio-pci/'));
    const failed = runNic(machine, 'bind', left, right);
    expect(failed).toMatchObject({ code: 1, err: expect.stringContaining(`${left} could not be given back to i40e`) });
    expect(Object.keys(stateFile().cards)).toEqual([left]);
    expect([left, right].map((pci) => machine.driverOf(pci))).toEqual(['vfio-pci', 'i40e']);
    machine.refuseWrite = undefined;
    expect(runNic(machine, 'restore', '--all').code).toBe(0);
    expect(machine.driverOf(left)).toBe('i40e');
  });
});
