import { z } from 'zod';
import { BngError } from '#lib/kernel/errors.js';
import { ipRouteV2Dump } from '#lib/vpp/messages/ip.js';
import { type AnyKind, type Found, type ReadContext, resource } from '../reconcile/resource.js';
import { aclTable } from './acl.js';
import { bridgeDomainTable } from './bridge-domain.js';
import { interfaceTable, keyByIndex } from './interface-common.js';
import { ourName, vrfName } from './names.js';
import { policerTable } from './policer-read.js';
import { fibSource } from './route-read.js';
import { ipTables, vrfByTable } from './vrf.js';

/** What of one sort in VPP bears no mark of ours: it is listed, and nobody touches it. `names` are told to the operator. */
const strangers = (sort: string, names: (ctx: ReadContext) => Promise<Iterable<string>>): AnyKind =>
  resource<object, null>({
    kind: `foreign-${sort}`,
    schema: z.strictObject({}),
    key: () => `foreign-${sort}/`,
    needs: () => [],
    async read(ctx) {
      const found: Found<object, null> = { spec: {}, handle: null, ours: false };
      return new Map([...(await names(ctx))].map((name) => [`foreign-${sort}/${name}`, found]));
    },
    create: () => Promise.reject(neverMade(sort)),
    remove: () => Promise.reject(neverMade(sort)),
  });

const neverMade = (sort: string) => new BngError('internal', `a foreign ${sort} is only looked at`);

const isStrange = (name: string): boolean => ourName(name) === undefined;

/** `local0`, which each VPP has. */
const ownInterface = 0;
/** Drops what is in no bridge domain; each VPP has it. */
const ownDomain = 0;

async function interfaces(ctx: ReadContext): Promise<string[]> {
  const ours = keyByIndex(ctx);
  const all = [...(await interfaceTable(ctx)).values()];
  return all
    .filter(({ sw_if_index, tag }) => sw_if_index !== ownInterface && isStrange(tag) && !ours.has(sw_if_index))
    .map(({ interface_name }) => interface_name);
}

async function tables(ctx: ReadContext): Promise<string[]> {
  const all = await ipTables(ctx);
  return all.filter(({ table_id, name }) => table_id !== 0 && isStrange(name)).map(({ table_id }) => String(table_id));
}

async function bridgeDomains(ctx: ReadContext): Promise<string[]> {
  const all = await bridgeDomainTable(ctx);
  return all.filter(({ bd_id, bd_tag }) => bd_id !== ownDomain && isStrange(bd_tag)).map(({ bd_id }) => String(bd_id));
}

async function acls(ctx: ReadContext): Promise<string[]> {
  const all = await aclTable(ctx);
  return all.filter(({ tag }) => isStrange(tag)).map(({ acl_index, tag }) => `${acl_index}${tag && ` (${tag})`}`);
}

async function policers(ctx: ReadContext): Promise<string[]> {
  return [...(await policerTable(ctx)).values()].map(({ name }) => name).filter(isStrange);
}

/** Routes of VPP's command line in the default table and in our VRFs. Where we have a route too, VPP goes by ours. */
async function cliRoutes(ctx: ReadContext): Promise<string[]> {
  const src = await fibSource(ctx, 'CLI');
  if (src === undefined) return [];
  const known = ctx.foundOf('route');
  const inTable = async ([table_id, vrf]: [number, string | undefined], is_ip6: boolean) => {
    const rows = await ctx.vpp.dump(ipRouteV2Dump, { src, table: { table_id, is_ip6, name: '' } });
    return rows.map(({ route }) => `${vrfName(vrf)}/${route.prefix}`).filter((name) => !known.has(`route/${name}`));
  };
  const each = [...vrfByTable(ctx)].flatMap((table) => [inTable(table, false), inTable(table, true)]);
  return (await Promise.all(each)).flat();
}

/** Kinds that are only listed, after all others: they take for a stranger what those did not find to be ours. */
export const strangerKinds: readonly AnyKind[] = [
  strangers('interface', interfaces),
  strangers('table', tables),
  strangers('bridge-domain', bridgeDomains),
  strangers('acl', acls),
  strangers('policer', policers),
  strangers('route', cliRoutes),
];
