import type { Policy } from '#gen/bng/v1/common.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Resource } from '../reconcile/resource.js';
import { nameOf } from './names.js';
import { builtinQosMap, qosMap } from './qos-map.js';
import { qosMark } from './qos-mark.js';
import { qosRecord } from './qos-record.js';
import { qosStore } from './qos-store.js';

const MAX_DSCP = 63;
const same = (count: number, mark: (at: number) => number) => Array.from({ length: count }, (_, at) => mark(at));

/** Writes what was recorded, as it was recorded. */
const keep = qosMap.of({
  ...builtinQosMap('keep-dscp', MAX_DSCP + 1),
  writes: 'dscp',
  fromDscp: same(64, (at) => at),
  fromPcp: same(8, (at) => at << 3),
});

/** Writes one DSCP whatever was recorded. */
const always = (dscp: number): Resource =>
  qosMap.of({
    ...builtinQosMap(`dscp-${dscp}`, dscp),
    writes: 'dscp',
    fromDscp: same(64, () => dscp),
    fromPcp: same(8, () => dscp),
  });

const mark = (iface: string, map: Resource): Resource[] => [
  map,
  qosMark.of({ interface: iface, writes: 'dscp', map: map.key }),
];

/**
 * DSCP of a subscriber's packets. VPP writes marks where packets leave: of uploads, the line stores the mark and the core
 * ports write what is stored, unless the operator's own map on them decides; of downloads, the core ports record and the
 * line writes. `isMarked`: the operator marks on that interface. Throws `invalid_argument` when there are no core ports.
 */
export function markResources(
  line: string,
  core: readonly string[],
  { uploadDscp, downloadDscp }: Policy,
  isMarked: (iface: string) => boolean,
): Resource[] {
  for (const [field, value] of Object.entries({ uploadDscp, downloadDscp })) {
    if (value === undefined) continue;
    if (value > MAX_DSCP)
      throw new BngError('invalid_argument', `${field}: ${value} is not a DSCP (0 to 63)`, { field });
    if (core.length === 0)
      throw new BngError('invalid_argument', `${field}: there are no core ports to mark with`, { field });
  }
  const unmarked = core.filter((port) => !isMarked(nameOf(port)));
  return [
    ...(uploadDscp === undefined
      ? []
      : [qosStore.of({ interface: line, dscp: uploadDscp }), ...unmarked.flatMap((port) => mark(port, keep))]),
    ...(downloadDscp === undefined
      ? []
      : [
          ...core.map((port) => qosRecord.of({ interface: port, source: 'dscp' })),
          ...mark(line, always(downloadDscp)),
        ]),
  ];
}
