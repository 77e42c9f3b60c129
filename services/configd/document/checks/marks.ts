import type { QosMapConfig } from '../feature-schema.js';
import { type AnyInterface, type Model, writtenInterfaces } from '../model.js';
import { mistake, type Path, type Problem } from '../problem.js';
import { didYouMean } from '../suggest.js';

/** QoS maps, and what interfaces record, store and mark. */
export function checkMarks(model: Model): Problem[] {
  const maps = Object.entries(model.document.qosMaps).flatMap(([name, map]) => checkMap(map, ['qosMaps', name]));
  return [...maps, ...[...writtenInterfaces(model)].flatMap((item) => checkInterface(model, item))];
}

const greatest = { dscp: 63, pcp: 7 } as const;
const called = { dscp: 'DSCP', pcp: 'priority' } as const;

function checkMap(map: QosMapConfig, path: Path): Problem[] {
  return (['dscp', 'pcp'] as const).flatMap((source) => {
    const mapped = new Set<number>();
    return map[source].flatMap(({ from, to }, index) => {
      const at = [...path, source, index];
      if (to > greatest[map.writes])
        return [mistake([...at, 'to'], `${to} is no ${called[map.writes]}; 0 to ${greatest[map.writes]}`)];
      return from.flatMap(({ first, last }, which) => {
        const place = [...at, 'from', which];
        if (last > greatest[source])
          return [mistake(place, `${last} is no ${called[source]}; 0 to ${greatest[source]}`)];
        const marks = Array.from({ length: last - first + 1 }, (_, i) => first + i);
        const twice = marks.find((mark) => mapped.has(mark));
        for (const mark of marks) mapped.add(mark);
        return twice === undefined
          ? []
          : [mistake(place, `${called[source]} ${twice} is mapped twice; the first one counts`)];
      });
    });
  });
}

function checkInterface({ document }: Model, { config, path, type, name }: AnyInterface): Problem[] {
  const { qos } = config;
  if (!qos) return [];
  const at = [...path, 'qos'];
  const records = qos.record.flatMap((source, index) => {
    if (qos.record.indexOf(source) < index)
      return [mistake([...at, 'record', index], `${source} stands twice in this list`)];
    return source === 'pcp' ? untagged(type, name, [...at, 'record', index]) : [];
  });
  const marks = (['dscp', 'pcp'] as const).flatMap((writes) => {
    const map = qos.mark[writes];
    if (map === undefined) return [];
    const place = [...at, 'mark', writes];
    return [
      ...checkMapName(document.qosMaps, map, writes, place),
      ...(writes === 'pcp' ? untagged(type, name, place) : []),
    ];
  });
  return [...records, ...marks];
}

const untagged = (type: AnyInterface['type'], name: string, path: Path): Problem[] =>
  type === 'sub-interface'
    ? []
    : [mistake(path, `the priority stands in a VLAN tag, and "${name}" itself has none; write it on a sub-interface`)];

function checkMapName(
  maps: Readonly<Record<string, QosMapConfig>>,
  name: string,
  writes: 'dscp' | 'pcp',
  path: Path,
): Problem[] {
  const map = Object.hasOwn(maps, name) ? maps[name] : undefined;
  if (!map)
    return [
      mistake(path, `there is no QoS map "${name}"; write it under qosMaps${didYouMean(name, Object.keys(maps))}`),
    ];
  if (map.writes === writes) return [];
  return [mistake(path, `the map "${name}" writes ${map.writes}, not ${writes}`)];
}
