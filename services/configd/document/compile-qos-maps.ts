import type { Resource } from '../reconcile/resource.js';
import { operatorMaps, qosMap, qosMapId } from '../resources/qos-map.js';
import type { QosMapConfig } from './feature-schema.js';
import { numbersFor } from './keys.js';
import type { Model } from './model.js';

export const qosMapKey = (name: string): string => `qos-map/${name}`;

/** The maps of the document. */
export function compileQosMaps({ document }: Model): Resource[] {
  const numbers = numbersFor(Object.keys(document.qosMaps), operatorMaps);
  return Object.entries(document.qosMaps).map(([name, config]) =>
    qosMap.of({
      name,
      id: qosMapId(numbers.get(name) ?? 0),
      writes: config.writes,
      fromDscp: marksFor(config.dscp, 64, config.writes === 'dscp' ? (mark) => mark : (mark) => mark >> 3),
      fromPcp: marksFor(config.pcp, 8, config.writes === 'pcp' ? (mark) => mark : (mark) => mark << 3),
    }),
  );
}

type Rules = QosMapConfig['dscp'];

/** The mark for each of `count` recorded ones: the first rule that fits, else what `unlisted` makes of it. */
const marksFor = (rules: Rules, count: number, unlisted: (mark: number) => number): number[] =>
  Array.from({ length: count }, (_, mark) => {
    const rule = rules.find(({ from }) => from.some(({ first, last }) => first <= mark && mark <= last));
    return rule?.to ?? unlisted(mark);
  });
