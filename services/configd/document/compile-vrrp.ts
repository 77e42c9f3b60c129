import type { Resource } from '../reconcile/resource.js';
import { address } from '../resources/address.js';
import { vrrp } from '../resources/vrrp.js';
import { byInterface } from '../resources/vrrp-read.js';
import { interfaceKeyOf, inVrf, keyNamed } from './keys.js';
import type { AnyInterface, Interfaces } from './model.js';

/** Priority of the router whose addresses the virtual ones are (RFC 5798 section 5.2.4). */
export const ownerPriority = 255;

/** The virtual routers of an interface. */
export function compileVrrp(model: Interfaces, item: AnyInterface): Resource[] {
  const key = interfaceKeyOf(item);
  const table = inVrf(item.config.vrf);
  return item.config.vrrp.map(({ intervalMs, track, ...router }) =>
    vrrp.of({
      ...router,
      ...table,
      interface: key,
      intervalCs: intervalMs / 10,
      track: track.map((one) => ({ ...one, interface: keyNamed(model, one.interface) })).sort(byInterface),
      ...(router.priority === ownerPriority && { owns: ownedKeys(item, key, router.addresses) }),
    }),
  );
}

/** Keys of the addresses that a router of priority 255 stands for. */
const ownedKeys = ({ addresses }: AnyInterface, key: string, owned: readonly string[]): string[] =>
  addresses
    .filter(({ text }) => owned.includes(text.split('/')[0] ?? ''))
    .map(({ text }) => address.of({ interface: key, prefix: text }).key)
    .sort();
