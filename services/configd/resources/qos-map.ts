import { z } from 'zod';
import type { Infer } from '#lib/vpp/message.js';
import { qosEgressMapDelete, qosEgressMapDump, qosEgressMapUpdate, qosSource } from '#lib/vpp/messages/qos.js';
import type { Dataplane } from '../dataplane.js';
import { type Found, resource } from '../reconcile/resource.js';
import { builtinName, plainName } from './names.js';

const dscp = z.int().min(0).max(63);
const schema = z.strictObject({
  name: plainName.or(builtinName),
  /** VPP's number of the map; ours have `ownMaps` in their highest byte. */
  id: z.int().min(0).max(0xffffffff),
  /** What is written: the DSCP of IP, or the priority (802.1p) of the outer tag. */
  writes: z.enum(['dscp', 'pcp']),
  /** The mark to write for each recorded DSCP. */
  fromDscp: z.array(dscp).length(64),
  /** The mark to write for each recorded priority. */
  fromPcp: z.array(dscp).length(8),
});
export type QosMapSpec = z.infer<typeof schema>;
export interface QosMapHandle {
  readonly id: number;
}

const ownMaps = 0x43;
/** A map's number from 24 bits of its own. */
export const qosMapId = (bits: number): number => ownMaps * 0x1000000 + bits;
/** Numbers that the operator's maps are told apart by: 24 bits but for those of our own. */
export const operatorMaps = (1 << 24) - 128;
/** Name and number of a map of our own; `at` is below 128. */
export const builtinQosMap = (name: string, at: number) => ({
  name: `builtin.${name}`,
  id: qosMapId(operatorMaps + at),
});
const isOurs = (id: number): boolean => Math.floor(id / 0x1000000) === ownMaps;

type Row = { outputs: Uint8Array };
const rowBytes = 256;

/** Of IP, VPP maps the whole traffic class: DSCP in the upper six bits and ECN below, which must stay. */
const dscpBits = { of: (bits: number) => bits >> 2, to: (dscp: number) => dscp << 2, kept: 3 };
/** Of a VLAN tag, it maps four bits: the priority, and the drop eligibility below, which must stay (ethernet/packet.h). */
const pcpBits = { of: (bits: number) => (bits >> 1) & 7, to: (pcp: number) => pcp << 1, kept: 1 };

/** What is written for each recorded octet of a source; bits that are no mark stay where source and output are alike. */
function row(marks: readonly number[], source: typeof dscpBits, output: typeof dscpBits): Row {
  const kept = source === output ? source.kept : 0;
  const written = (_: unknown, bits: number) => output.to(marks[source.of(bits)] ?? 0) | (bits & kept);
  return { outputs: Uint8Array.from({ length: rowBytes }, written) };
}

const unused = (): Row => ({ outputs: new Uint8Array(rowBytes) });

function rowsOf(spec: QosMapSpec): Row[] {
  const rows = [unused(), unused(), unused(), unused()];
  const output = spec.writes === 'dscp' ? dscpBits : pcpBits;
  rows[qosSource.values.QOS_API_SOURCE_VLAN] = row(spec.fromPcp, pcpBits, output);
  rows[qosSource.values.QOS_API_SOURCE_IP] = row(spec.fromDscp, dscpBits, output);
  return rows;
}

type MapDetails = Infer<(typeof qosEgressMapDump)['details']>['map'];

const isSame = (map: MapDetails, spec: QosMapSpec): boolean =>
  rowsOf(spec).every(({ outputs }, i) => Buffer.from(map.rows[i]?.outputs ?? []).equals(outputs));

/** A map that is not as wanted, for showing it: VPP does not say what it is meant to write. */
function shown(map: MapDetails, name: string): QosMapSpec {
  const octets = (source: number) => map.rows[source]?.outputs ?? new Uint8Array(rowBytes);
  const ip = octets(qosSource.values.QOS_API_SOURCE_IP);
  const vlan = octets(qosSource.values.QOS_API_SOURCE_VLAN);
  return {
    name,
    id: map.id,
    writes: 'dscp',
    fromDscp: Array.from({ length: 64 }, (_, i) => (ip[dscpBits.to(i)] ?? 0) >> 2),
    fromPcp: Array.from({ length: 8 }, (_, i) => (vlan[pcpBits.to(i)] ?? 0) >> 2),
  };
}

async function put(vpp: Dataplane, spec: QosMapSpec): Promise<QosMapHandle> {
  await vpp.call(qosEgressMapUpdate, { map: { id: spec.id, rows: rowsOf(spec) } });
  return { id: spec.id };
}

/** What mark a packet leaves with, by the mark that was recorded when it came (`qos_egress_map_update`). */
export const qosMap = resource<QosMapSpec, QosMapHandle>({
  kind: 'qos-map',
  schema,
  optional: [qosEgressMapUpdate, qosEgressMapDump, qosEgressMapDelete],
  key: (spec) => `qos-map/${spec.name}`,
  needs: () => [],
  async read({ vpp }, wanted) {
    const byId = new Map([...wanted.values()].map((spec) => [spec.id, spec]));
    const found = new Map<string, Found<QosMapSpec, QosMapHandle>>();
    for (const { map } of await vpp.dump(qosEgressMapDump, {})) {
      const spec = byId.get(map.id);
      if (!spec && !isOurs(map.id)) continue;
      const name = spec?.name ?? `id-${map.id}`;
      const actual = spec && isSame(map, spec) ? spec : shown(map, name);
      found.set(`qos-map/${name}`, { spec: actual, handle: { id: map.id }, ours: true });
    }
    return found;
  },
  create: ({ vpp }, spec) => put(vpp, spec),
  updatable: (from, to) => from.id === to.id,
  update: ({ vpp }, _handle, _from, to) => put(vpp, to),
  async remove({ vpp }, _handle, { id }) {
    await vpp.call(qosEgressMapDelete, { id });
  },
});
