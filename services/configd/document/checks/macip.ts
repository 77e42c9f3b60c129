import { maxMacipRules } from '../../resources/macip-acl.js';
import { macipRules } from '../compile-macip.js';
import { type AnyInterface, type Model, portOf, writtenInterfaces } from '../model.js';
import { mistake, type Path, type Problem } from '../problem.js';
import { didYouMean } from '../suggest.js';

/** Lists of senders that VPP dies of, that say nothing, or that stand where nobody could send any more. */
export function checkMacip(model: Model): Problem[] {
  const lists = Object.entries(model.document.macipAcls).flatMap(([name, config]) => {
    const path: Path = ['macipAcls', name, 'rules'];
    const count = macipRules(config).length;
    if (count > maxMacipRules) {
      const message = `these rules are ${count} of VPP (any source counts for both families, permitDhcp for one more); at most ${maxMacipRules}: VPP dies of 3500`;
      return [mistake(path, message, true)];
    }
    const seen = new Map<string, number>();
    return config.rules.flatMap(({ mac, source }, index) => {
      const earlier = seen.get(`${mac} ${source}`);
      seen.set(`${mac} ${source}`, earlier ?? index);
      if (earlier === undefined) return [];
      return [mistake([...path, index], `rules[${earlier}] is about ${mac} from ${source} already`)];
    });
  });
  return [...lists, ...[...writtenInterfaces(model)].flatMap((item) => checkUse(model, item))];
}

function checkUse({ document, interfaces, doubtful }: Model, item: AnyInterface): Problem[] {
  const { macip, bridge, crossConnect } = item.config;
  if (macip === undefined) return [];
  const path: Path = [...item.path, 'macip'];
  if (!Object.hasOwn(document.macipAcls, macip)) {
    const near = didYouMean(macip, Object.keys(document.macipAcls));
    return [mistake(path, `there is no list "${macip}"; write it under macipAcls${near}`)];
  }
  if (bridge || crossConnect !== undefined)
    return [mistake(path, `"${item.name}" is an interface of layer 2; lists of senders are for routed ones`)];
  if (item.type === 'loopback') return [mistake(path, `"${item.name}" is a loopback: nobody sends on it`)];
  if (item.type !== 'sub-interface' || item.tags.innerVlan === undefined || doubtful.has(portOf(item.name))) return [];
  if (interfaces.get(item.port)?.type !== 'host-interface' && item.config.outerTag === 'dot1ad') return [];
  const message = `VPP matches two tags only with 0x88a8 as the outer one, so that nobody could send on "${item.name}"; use urpf there, or outerTag: dot1ad on a memif or bond`;
  return [mistake(path, message)];
}
