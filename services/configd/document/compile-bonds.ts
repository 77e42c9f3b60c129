import type { Resource } from '../reconcile/resource.js';
import { bond } from '../resources/bond.js';
import { bondMember } from '../resources/bond-member.js';
import type { BondConfig } from './bond-schema.js';
import type { Model, Port } from './model.js';

/** What every port has, whatever it is made of. */
interface Common {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly enabled: boolean;
}

/** The bond of each member, by the member's name. */
export function bondsByMember({ interfaces }: Model): ReadonlyMap<string, Port> {
  const bonds = new Map<string, Port>();
  for (const item of interfaces.values())
    if (item.type === 'bond') for (const member of item.config.bond?.members ?? []) bonds.set(member, item);
  return bonds;
}

const balanced = ({ mode, loadBalance }: BondConfig) =>
  mode === 'lacp' || mode === 'xor' ? { loadBalance: loadBalance ?? ('l34' as const) } : {};

/** Heaviest weight: the first of an active-backup bond, so that appending a member leaves the others as they are. */
const heaviest = 1000;

/** A bond and its members. */
export function compileBond(item: Port, common: Common, id: number, keyNamed: (name: string) => string): Resource[] {
  const { config } = item;
  if (!config.bond) return [];
  const { mode, minMembers, lacpRate, lacpPassive, members } = config.bond;
  const made = bond.of({ ...common, id, mode, minMembers, ...balanced(config.bond) });
  return [
    made,
    ...members.map((member, index) =>
      bondMember.of({
        interface: keyNamed(member),
        bond: made.key,
        passive: lacpPassive ?? false,
        longTimeout: lacpRate === 'slow',
        weight: mode === 'active-backup' ? heaviest - index : 0,
      }),
    ),
  ];
}
