import { z } from 'zod';
import { createSubif, deleteSubif, subIfFlags } from '#lib/vpp/messages/interface.js';
import { type Found, resource } from '../reconcile/resource.js';
import { following, request } from '../reconcile/script.js';
import { mtuBytes, vlanId } from './fields.js';
import {
  configuring,
  type InterfaceDetails,
  type InterfaceHandle,
  interfaceTable,
  keyByIndex,
  ourInterfaces,
  reconfigure,
  setting,
  settingsOf,
} from './interface-common.js';
import { nameOf } from './names.js';

const schema = z.strictObject({
  /** A port; VPP would accept sub-interfaces and loopbacks and make nonsense of them. */
  parent: z.string().regex(/^(host-interface|vpp-interface|memif|bond)\/[A-Za-z0-9_-]+$/),
  /** `default` takes every tagged frame that no other sub-interface takes; for layer 2 only. VPP cannot match any outer tag. */
  outerVlan: vlanId.or(z.literal('default')),
  /** `any`: for layer 2 only. */
  innerVlan: vlanId.or(z.literal('any')).optional(),
  /** Outer tag 0x88a8. Never matches on a host-interface, which rebuilds every stripped tag as 0x8100. */
  dot1ad: z.boolean().default(false),
  /** 0: the parent's. */
  mtu: mtuBytes.default(0),
  /** Only with an enabled parent. */
  enabled: z.boolean().default(true),
});
export type SubInterfaceSpec = z.infer<typeof schema>;

const flags = subIfFlags.values;

/** Stands for a tag that is none: VPP's numbers of sub-interfaces are made of their tags. */
const noTag = 0xfff;
const defaultSubId = 1 << 24;

function subId({ outerVlan, innerVlan = 0 }: SubInterfaceSpec): number {
  if (outerVlan === 'default') return defaultSubId;
  return (outerVlan << 12) | (innerVlan === 'any' ? noTag : innerVlan);
}

/** Whether it takes exactly its own tags: only such a one can have addresses, and subscribers. */
export const isExact = ({ outerVlan, innerVlan }: Pick<SubInterfaceSpec, 'outerVlan' | 'innerVlan'>): boolean =>
  typeof outerVlan === 'number' && innerVlan !== 'any';

function tagFlags(spec: SubInterfaceSpec): number {
  if (spec.outerVlan === 'default') return flags.SUB_IF_API_FLAG_DEFAULT;
  const tags = spec.innerVlan === undefined ? flags.SUB_IF_API_FLAG_ONE_TAG : flags.SUB_IF_API_FLAG_TWO_TAGS;
  const ad = spec.dot1ad ? flags.SUB_IF_API_FLAG_DOT1AD : 0;
  const inner = spec.innerVlan === 'any' ? flags.SUB_IF_API_FLAG_INNER_VLAN_ID_ANY : 0;
  return tags | ad | inner | (isExact(spec) ? flags.SUB_IF_API_FLAG_EXACT_MATCH : 0);
}

function tagsOf(details: InterfaceDetails): Pick<SubInterfaceSpec, 'outerVlan' | 'innerVlan'> {
  const has = (flag: number) => (details.sub_if_flags & flag) !== 0;
  if (has(flags.SUB_IF_API_FLAG_DEFAULT)) return { outerVlan: 'default' };
  const outerVlan = details.sub_outer_vlan_id;
  if (details.sub_number_of_tags < 2) return { outerVlan };
  return { outerVlan, innerVlan: has(flags.SUB_IF_API_FLAG_INNER_VLAN_ID_ANY) ? 'any' : details.sub_inner_vlan_id };
}

const vlanNumber = (tag: number | string | undefined): number => (typeof tag === 'number' ? tag : 0);

/** `sub-interface/access.100.7`, `sub-interface/access.100`. */
const key = (spec: Pick<SubInterfaceSpec, 'parent' | 'outerVlan' | 'innerVlan'>): string => {
  const inner = spec.innerVlan === undefined ? '' : `.${spec.innerVlan}`;
  return `sub-interface/${nameOf(spec.parent)}.${spec.outerVlan}${inner}`;
};

function specOf(details: InterfaceDetails, parent: string): SubInterfaceSpec {
  return {
    parent,
    ...tagsOf(details),
    dot1ad: (details.sub_if_flags & flags.SUB_IF_API_FLAG_DOT1AD) !== 0,
    ...settingsOf(details),
  };
}

/** An 802.1Q or QinQ sub-interface (`create_subif`); one that matches exactly is a line that subscribers attach on. */
export const subInterface = resource<SubInterfaceSpec, InterfaceHandle, z.input<typeof schema>>({
  kind: 'sub-interface',
  schema,
  key,
  needs: (spec) => [spec.parent],
  evicts: true,
  async read(ctx, wanted) {
    const parents = keyByIndex(ctx);
    const all = await interfaceTable(ctx);
    const portNames = new Map([...parents].map(([index, port]) => [port, all.get(index)?.interface_name]));
    const called = (spec: SubInterfaceSpec) => `${portNames.get(spec.parent)}.${subId(spec)}`;
    const found = new Map<string, Found<SubInterfaceSpec, InterfaceHandle>>();
    for (const [tagKey, details] of await ourInterfaces(ctx, 'sub-interface', wanted, called)) {
      const spec = specOf(details, parents.get(details.sup_sw_if_index) ?? 'host-interface/unknown');
      found.set(tagKey, { spec, handle: { swIfIndex: details.sw_if_index }, ours: true });
    }
    return found;
  },
  create(ctx, spec) {
    const wanted = {
      sw_if_index: ctx.handle<InterfaceHandle>(spec.parent).swIfIndex,
      sub_id: subId(spec),
      sub_if_flags: tagFlags(spec),
      outer_vlan_id: vlanNumber(spec.outerVlan),
      inner_vlan_id: vlanNumber(spec.innerVlan),
    };
    return following(createSubif, wanted, ({ sw_if_index }) => ({
      requests: configuring(sw_if_index, key(spec), spec),
      back: [request(deleteSubif, { sw_if_index })],
      handle: { swIfIndex: sw_if_index },
    }));
  },
  updatable: (from, to) => from.parent === to.parent && from.dot1ad === to.dot1ad,
  async update({ vpp }, handle, from, to) {
    await reconfigure(vpp, handle, from, to);
    return handle;
  },
  /** Down, then deleted; up again when it cannot be deleted. */
  remove: (_ctx, { swIfIndex }, { enabled }) => ({
    requests: [setting(swIfIndex, false)],
    next: () => ({
      requests: [request(deleteSubif, { sw_if_index: swIfIndex })],
      back: [setting(swIfIndex, enabled)],
      handle: null,
    }),
  }),
});
