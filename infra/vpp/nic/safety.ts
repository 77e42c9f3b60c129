import type { NetworkCard } from '../machine/network-card.js';
import { linkName, type Tree } from '../machine/tree.js';
import type { NetworkUse } from './network.js';

/** Why a card should stay with the kernel. */
export interface Objection {
  /** `never`: it would cut the machine off; `force`: the operator may insist. */
  readonly weight: 'never' | 'force';
  readonly message: string;
}

/** What would be lost if the kernel gave the card away now. */
export function objectionsTo(card: NetworkCard, use: NetworkUse, tree: Tree): Objection[] {
  const carried = card.interfaces.flatMap((name) => [name, ...uppersOf(tree, name)]);
  return [
    ...carried.flatMap((device) => cutOff(device, use)),
    ...card.interfaces.flatMap((device) => memberships(device, tree)),
    ...carried.flatMap((device) => inUse(device, use)),
    ...(card.virtualFunctions > 0
      ? [force(`${card.pci} has ${card.virtualFunctions} virtual functions, which would vanish`)]
      : []),
  ];
}

const force = (message: string): Objection => ({ weight: 'force', message });

function cutOff(device: string, { defaultRoutes, sshSessions }: NetworkUse): Objection[] {
  const peer = sshSessions.get(device);
  return [
    ...(defaultRoutes.has(device)
      ? [{ weight: 'never', message: `${device} carries the default route` } as const]
      : []),
    ...(peer === undefined
      ? []
      : [{ weight: 'never', message: `${device} carries the SSH session of ${peer}` } as const]),
  ];
}

function inUse(device: string, { addresses }: NetworkUse): Objection[] {
  const own = addresses.get(device) ?? [];
  return own.length === 0 ? [] : [force(`${device} has the address ${own.join(', ')}`)];
}

function memberships(device: string, tree: Tree): Objection[] {
  const master = linkName(tree, `/sys/class/net/${device}/master`);
  const others = uppersOf(tree, device).filter((upper) => upper !== master);
  return [
    ...(master === undefined ? [] : [force(`${device} is a member of ${kindOf(tree, master)} ${master}`)]),
    ...(others.length === 0
      ? []
      : [force(`${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} built on ${device}`)]),
  ];
}

function kindOf(tree: Tree, device: string): string {
  if (tree.exists(`/sys/class/net/${device}/bridge`)) return 'the bridge';
  return tree.exists(`/sys/class/net/${device}/bonding`) ? 'the bond' : 'the device';
}

/** Devices on top of one: VLANs, its bond, the bridge of its bond ... */
function uppersOf(tree: Tree, device: string): string[] {
  const found = new Set<string>();
  const open = [device];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const folder = `/sys/class/net/${next}`;
    const marked = tree.list(folder).flatMap((name) => /^upper_(.+)$/.exec(name)?.slice(1) ?? []);
    const master = linkName(tree, `${folder}/master`);
    for (const upper of master === undefined ? marked : [...marked, master]) {
      if (upper === device || found.has(upper)) continue;
      found.add(upper);
      open.push(upper);
    }
  }
  return [...found].sort();
}
