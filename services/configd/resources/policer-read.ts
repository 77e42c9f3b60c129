import { compileRate, type Rate } from '#lib/policy/policer.js';
import { toVppPolicer, type VppPolicerFields } from '#lib/policy/vpp-policer.js';
import type { Infer } from '#lib/vpp/message.js';
import { policerDumpV2 } from '#lib/vpp/messages/policer.js';
import { anyIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import type { Found, ReadContext } from '../reconcile/resource.js';
import { nameOf, nameReader } from './names.js';
import type { PolicerHandle, PolicerSpec } from './policer.js';

type Details = Infer<(typeof policerDumpV2)['details']>;

const probeBatch = 512;
/** Indices stay dense (VPP reuses freed ones): far above what was ever created it makes no sense to go on looking. */
const probeLimit = 1 << 20;

/** Index of each policer, by name. The dump of all leaves the index out, so that each index is asked for until all are found. */
async function indexed(vpp: Dataplane): Promise<Map<number, Details>> {
  const total = (await vpp.dump(policerDumpV2, { policer_index: anyIndex })).length;
  const found = new Map<number, Details>();
  for (let base = 0; found.size < total && base < probeLimit; base += probeBatch) {
    const probes = Array.from({ length: probeBatch }, (_, i) => base + i);
    const answers = await Promise.all(probes.map((policer_index) => vpp.dump(policerDumpV2, { policer_index })));
    for (const [i, [details]] of answers.entries()) if (details) found.set(base + i, details);
  }
  return found;
}

/** Every policer of VPP by index; asked for once per pass. */
export const policerTable = (ctx: ReadContext): Promise<ReadonlyMap<number, Details>> =>
  ctx.shared('policers by index', () => indexed(ctx.vpp));

/** Fields that VPP keeps as they were given. */
const comparable = (from: VppPolicerFields | Details) =>
  [
    from.cir,
    from.eir,
    from.cb,
    from.eb,
    from.rate_type,
    from.type,
    from.color_aware,
    ...[from.conform_action, from.exceed_action, from.violate_action].map(({ type }) => type),
  ].join();

/** The rate of a policer that is not as wanted, for showing it. */
function shownRate(details: Details): Rate {
  const cir = { cirBps: details.cir * 1000, cirBurstBytes: Number(details.cb) };
  return details.eir === 0 ? cir : { ...cir, pirBps: details.eir * 1000, pirBurstBytes: Number(details.eb) };
}

function specOf(name: string, details: Details, wanted: PolicerSpec | undefined): PolicerSpec {
  const compiled = wanted && compileRate(wanted.rate);
  const same = compiled?.ok === true && comparable(toVppPolicer(compiled.value)) === comparable(details);
  return wanted && same ? wanted : { name, rate: shownRate(details) };
}

/** Policers whose name bears our mark; others are somebody else's. */
export async function readPolicers(
  ctx: ReadContext,
  wanted: ReadonlyMap<string, PolicerSpec>,
): Promise<Map<string, Found<PolicerSpec, PolicerHandle>>> {
  const nameIn = nameReader([...wanted.keys()].map(nameOf));
  const found = new Map<string, Found<PolicerSpec, PolicerHandle>>();
  for (const [index, details] of await policerTable(ctx)) {
    const name = nameIn(details.name);
    if (name === undefined) continue;
    const key = `policer/${name}`;
    found.set(key, { spec: specOf(name, details, wanted.get(key)), handle: { index }, ours: true });
  }
  return found;
}
