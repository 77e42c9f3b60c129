import { type AnyInterface, type Model, writtenInterfaces } from '../model.js';
import { parseAddress } from '../prefix.js';
import { mistake, type Path, type Problem } from '../problem.js';
import { didYouMean } from '../suggest.js';
import { interfaceMissing, vrfMissing } from './references.js';

/** Policers, VRFs and interfaces that features name. */
export function checkFeatureNames(model: Model): Problem[] {
  const { document } = model;
  return [
    ...[...writtenInterfaces(model)].flatMap((item) => checkInterface(model, item)),
    ...(['ip4', 'ip6'] as const).flatMap((family) =>
      policerMissing(model, document.puntPolicers[family], ['puntPolicers', family]),
    ),
    ...(document.ipfix ? vrfMissing(model, document.ipfix.vrf, ['ipfix', 'vrf']) : []),
    ...document.proxyArpRanges.flatMap(({ vrf, first, last }, index) => [
      ...vrfMissing(model, vrf, ['proxyArpRanges', index, 'vrf']),
      ...checkRange(first, last, ['proxyArpRanges', index, 'last']),
    ]),
  ];
}

function checkRange(first: string, last: string, path: Path): Problem[] {
  const [low = 0n, high = 0n] = [first, last].map((text) => parseAddress(text)?.address);
  return low > high ? [mistake(path, `the range runs backwards; write first: ${last}, last: ${first}`)] : [];
}

const checkInterface = (model: Model, { config, path }: AnyInterface): Problem[] => [
  ...(['in', 'out'] as const).flatMap((side) =>
    policerMissing(model, config.policer?.[side], [...path, 'policer', side]),
  ),
  ...config.vrrp.flatMap(({ track }, index) =>
    track.flatMap((one, at) =>
      interfaceMissing(model, one.interface, [...path, 'vrrp', index, 'track', at, 'interface']),
    ),
  ),
];

function policerMissing({ document }: Model, name: string | undefined, path: Path): Problem[] {
  if (name === undefined || Object.hasOwn(document.policers, name)) return [];
  const near = didYouMean(name, Object.keys(document.policers));
  return [mistake(path, `there is no policer "${name}"; write it under policers${near}`)];
}
