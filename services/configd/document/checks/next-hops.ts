import type { Model } from '../model.js';
import { addressText, contains, parseAddress } from '../prefix.js';
import { advice, mistake, type Path, type Problem } from '../problem.js';
import type { NextHopConfig } from '../schema.js';
import { interfaceMissing, vrfMissing } from './references.js';

/** Watched next hops that cannot be probed, or of which one is written twice. */
export function checkNextHops(model: Model): Problem[] {
  const first = new Map<string, string>();
  return Object.entries(model.document.nextHops).flatMap(([name, hop]) => {
    const path: Path = ['nextHops', name];
    const place = hop.interface ?? `VRF ${hop.vrf ?? 'default'}`;
    const key = `${hop.address} ${place}`;
    const earlier = first.get(key);
    if (earlier !== undefined)
      return [mistake([...path, 'address'], `"${earlier}" is ${hop.address} in ${place} already; use that one`)];
    first.set(key, name);
    return [...checkPlace(model, hop, path), ...checkTimes(hop.probe, [...path, 'probe'])];
  });
}

function checkPlace(model: Model, hop: NextHopConfig, path: Path): Problem[] {
  if (hop.interface === undefined) return checkRecursive(model, hop, path);
  if (hop.vrf !== undefined)
    return [mistake([...path, 'vrf'], 'an interface has its VRF already; write either "interface" or "vrf"', true)];
  const missing = interfaceMissing(model, hop.interface, [...path, 'interface']);
  const out = model.interfaces.get(hop.interface);
  const next = parseAddress(hop.address);
  if (missing.length > 0 || !out || !next) return missing;
  if (out.addresses.some(({ prefix }) => prefix.family === next.family && prefix.address === next.address))
    return [mistake([...path, 'address'], `${hop.address} is the address of "${out.name}" itself, no next hop`)];
  const networks = out.addresses.filter((at) => at.prefix.family === next.family);
  if (networks.length === 0 || isLinkLocal(hop.address)) return [];
  if (networks.some((at) => contains(at.prefix, next.family, next.address))) return [];
  const known = networks.map((at) => at.text).join(', ');
  return [advice([...path, 'address'], `${hop.address} is in no network of "${out.name}" (${known})`)];
}

function checkRecursive(model: Model, { address, vrf }: NextHopConfig, path: Path): Problem[] {
  if (isLinkLocal(address))
    return [
      mistake([...path, 'address'], `${address} is on every link; write the interface that it is a neighbour on`),
    ];
  return vrfMissing(model, vrf ?? 'default', [...path, 'vrf']);
}

const isLinkLocal = (address: string): boolean => {
  const parsed = parseAddress(address);
  return parsed?.family === 6 && addressText(6, parsed.address).startsWith('fe80:');
};

function checkTimes({ intervalMs, timeoutMs, ...hold }: NextHopConfig['probe'], path: Path): Problem[] {
  if (timeoutMs !== undefined && timeoutMs > intervalMs)
    return [
      mistake(
        [...path, 'timeoutMs'],
        `a probe ends before the next begins: at most intervalMs, which is ${intervalMs}`,
      ),
    ];
  if (hold.maxReturnAfterMs >= hold.returnAfterMs) return [];
  const message = `the longest time is less than the first, returnAfterMs ${hold.returnAfterMs}`;
  return [mistake([...path, 'maxReturnAfterMs'], message, true)];
}
