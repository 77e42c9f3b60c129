import { ownerPriority } from '../compile-vrrp.js';
import type { VrrpConfig } from '../feature-schema.js';
import { type AddressAt, type AnyInterface, type Model, portOf, writtenInterfaces } from '../model.js';
import { contains, parseAddress } from '../prefix.js';
import { advice, mistake, type Path, type Problem } from '../problem.js';
import { addressesOf } from './ip6.js';

type Family = 4 | 6;

/** Virtual routers that VPP would take and that would not work, or would take the wrong box for the master. */
export function checkVrrp(model: Model): Problem[] {
  return [...writtenInterfaces(model)].flatMap((item) => {
    const seen = new Map<string, number>();
    const used = new Map<string, number>();
    return item.config.vrrp.flatMap((router, index) => {
      const path: Path = [...item.path, 'vrrp', index];
      const family = familyOf(router.addresses[0]);
      const earlier = seen.get(`${router.id} ${family}`);
      if (earlier !== undefined)
        return [mistake([...path, 'id'], `id ${router.id} already stands in vrrp[${earlier}] for IPv${family}`)];
      seen.set(`${router.id} ${family}`, index);
      return [
        ...checkFamilies(router, family, path),
        ...checkRepeats(router, index, used, path),
        ...checkPlace(model, item, router, family, path),
        ...router.track.flatMap((_, at) => checkTracked(model, item, router, at, family, [...path, 'track', at])),
      ];
    });
  });
}

const familyOf = (text = ''): Family => parseAddress(text)?.family ?? 4;

function checkFamilies({ addresses, peers }: VrrpConfig, family: Family, path: Path): Problem[] {
  const wrong = (key: string, list: readonly string[]) =>
    list.flatMap((text, index) =>
      familyOf(text) === family
        ? []
        : [
            mistake(
              [...path, key, index],
              `${text} is IPv${familyOf(text)}, ${addresses[0]} is IPv${family}; write two routers`,
            ),
          ],
    );
  return [...wrong('addresses', addresses), ...wrong('peers', peers)];
}

/** The same virtual address twice on an interface: VPP refuses it as in use. */
function checkRepeats({ addresses }: VrrpConfig, index: number, used: Map<string, number>, path: Path): Problem[] {
  return addresses.flatMap((text, at) => {
    const owner = used.get(text);
    used.set(text, owner ?? index);
    if (owner === undefined) return [];
    const where = owner === index ? 'stands twice in this list' : `is already an address of vrrp[${owner}]`;
    return [mistake([...path, 'addresses', at], `${text} ${where}`)];
  });
}

const hasIp6 = ({ config }: AnyInterface): boolean => config.ip6 || config.routerAdvertisement !== undefined;

/** Whether VPP takes an interface for able to speak a family: an address, and of IPv6 that it is on. */
const speaks = (item: AnyInterface, networks: readonly AddressAt[], family: Family): boolean =>
  networks.some(({ prefix }) => prefix.family === family) || (family === 6 && hasIp6(item));

function checkPlace(model: Model, item: AnyInterface, router: VrrpConfig, family: Family, path: Path): Problem[] {
  const networks = addressesOf(model, item);
  if (!networks) return [];
  if (!speaks(item, networks, family))
    return [mistake(path, `"${item.name}" has no IPv${family} address to send advertisements from`)];
  return router.addresses.flatMap((text, index) =>
    checkAddress(item, router, text, networks, [...path, 'addresses', index]),
  );
}

function checkAddress(
  item: AnyInterface,
  { priority, accept }: VrrpConfig,
  text: string,
  networks: readonly AddressAt[],
  path: Path,
): Problem[] {
  const address = parseAddress(text);
  if (!address) return [];
  const { family } = address;
  const own = item.addresses.some(({ prefix }) => prefix.family === family && prefix.address === address.address);
  if (priority === ownerPriority && !own)
    return [
      mistake(
        path,
        `priority 255 is for the owner of ${text}: write it under addresses of "${item.name}", or a lower priority`,
      ),
    ];
  if (priority !== ownerPriority && own)
    return [mistake(path, `${text} is an address of "${item.name}" itself; its owner has priority 255`)];
  if (own || /^fe[89ab]/.test(text) || networks.some(({ prefix }) => contains(prefix, family, address.address)))
    return [];
  const known = networks.filter(({ prefix }) => prefix.family === family).map((at) => at.text);
  const message = `${text} is in no network of "${item.name}"${known.length > 0 ? ` (${known.join(', ')})` : ''}`;
  const guess = `; with accept VPP would put it there as a /${family === 4 ? 24 : 64}`;
  return [accept ? mistake(path, message + guess) : advice(path, message)];
}

function checkTracked(
  model: Model,
  item: AnyInterface,
  { track }: VrrpConfig,
  index: number,
  family: Family,
  path: Path,
): Problem[] {
  const name = track[index]?.interface ?? '';
  const at = [...path, 'interface'];
  if (name === item.name)
    return [mistake(at, 'a virtual router cannot track its own interface: that one counts anyway')];
  if (track.findIndex((other) => other.interface === name) < index)
    return [mistake(at, `"${name}" stands twice in this list`)];
  const tracked = model.interfaces.get(name);
  const networks = tracked && addressesOf(model, tracked);
  if (!tracked || !networks || model.doubtful.has(portOf(name)) || speaks(tracked, networks, family)) return [];
  return [mistake(at, `"${name}" has no IPv${family} address: VPP takes it for down for ever`)];
}
