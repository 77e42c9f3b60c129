import { z } from 'zod';
import { aclStatsIntfCountersEnable } from '#lib/vpp/messages/acl.js';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';

const schema = z.strictObject({});
export type AclCountersSpec = z.infer<typeof schema>;

export const aclCountersKey = 'acl-counters/all';

const enable = (ctx: KindContext, on: boolean) => ctx.vpp.call(aclStatsIntfCountersEnable, { enable: on });

const state = /^Stats counters enabled for interface ACLs: ([01])$/m;

/**
 * Whether the rules of ACLs on interfaces count what they match (`acl_stats_intf_counters_enable`), as
 * `/acl/<index>/matches` of the statistics. VPP tells it on its CLI only.
 */
export const aclCounters = resource<AclCountersSpec, null>({
  kind: 'acl-counters',
  schema,
  key: () => aclCountersKey,
  needs: () => [],
  async read({ vpp }, wanted) {
    const { reply } = await vpp.ask(cliInband, { cmd: 'show acl-plugin tables mask' });
    if (state.exec(reply)?.[1] !== '1') return new Map();
    const found: Found<AclCountersSpec, null> = { spec: {}, handle: null, ours: wanted.has(aclCountersKey) };
    return new Map([[aclCountersKey, found]]);
  },
  async create(ctx) {
    await enable(ctx, true);
    return null;
  },
  async remove(ctx) {
    await enable(ctx, false);
  },
});
