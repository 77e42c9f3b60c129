import { z } from 'zod';
import { bondCreate2, bondDelete, bondLbAlgo, bondMode, swBondInterfaceDump } from '#lib/vpp/messages/bond.js';
import { noInterface } from '#lib/vpp/types.js';
import { type Found, resource } from '../reconcile/resource.js';
import { macText, mtuBytes } from './fields.js';
import {
  adoptNew,
  type InterfaceHandle,
  ourInterfaces,
  reconfigure,
  settingsOf,
  takeAway,
} from './interface-common.js';
import { plainName } from './names.js';

const modes = {
  lacp: bondMode.values.BOND_API_MODE_LACP,
  xor: bondMode.values.BOND_API_MODE_XOR,
  'active-backup': bondMode.values.BOND_API_MODE_ACTIVE_BACKUP,
  'round-robin': bondMode.values.BOND_API_MODE_ROUND_ROBIN,
  broadcast: bondMode.values.BOND_API_MODE_BROADCAST,
} as const;
export type BondMode = keyof typeof modes;
export const bondModeNames = Object.keys(modes) as [BondMode, ...BondMode[]];

const balances = {
  l2: bondLbAlgo.values.BOND_API_LB_ALGO_L2,
  l23: bondLbAlgo.values.BOND_API_LB_ALGO_L23,
  l34: bondLbAlgo.values.BOND_API_LB_ALGO_L34,
} as const;
type LoadBalance = keyof typeof balances;
export const bondLoadBalanceNames = Object.keys(balances) as [LoadBalance, ...LoadBalance[]];

const nameIn = <K extends string>(table: Readonly<Record<K, number>>, value: number): K | undefined =>
  (Object.keys(table) as K[]).find((key) => table[key] === value);

const schema = z
  .strictObject({
    name: plainName,
    /** VPP names it `BondEthernet<id>`. */
    id: z.int().min(0).max(16383),
    mode: z.enum(bondModeNames),
    /** What a flow is chosen by; only lacp and xor choose. */
    loadBalance: z.enum(bondLoadBalanceNames).optional(),
    /** The members take it as well. */
    mac: macText,
    /** Fewer active members than this degrade the node; VPP knows nothing of it. */
    minMembers: z.int().min(0).max(255).default(1),
    mtu: mtuBytes.min(64).default(9000),
    enabled: z.boolean().default(true),
  })
  .refine(({ mode, loadBalance }) => (mode === 'lacp' || mode === 'xor') === (loadBalance !== undefined), {
    message: 'loadBalance goes with lacp and xor',
  });
export type BondSpec = z.infer<typeof schema>;

/** A bond of ports (`bond_create2`). Its members are resources of their own. */
export const bond = resource<BondSpec, InterfaceHandle, z.input<typeof schema>>({
  kind: 'bond',
  schema,
  key: (spec) => `bond/${spec.name}`,
  needs: () => [],
  evicts: true,
  async read(ctx, wanted) {
    const dump = await ctx.vpp.dump(swBondInterfaceDump, { sw_if_index: noInterface });
    const rows = new Map(dump.map((row) => [row.sw_if_index, row]));
    const found = new Map<string, Found<BondSpec, InterfaceHandle>>();
    const called = ({ id }: BondSpec) => `BondEthernet${id}`;
    for (const [key, details] of await ourInterfaces(ctx, 'bond', wanted, called)) {
      const row = rows.get(details.sw_if_index);
      const mode = row && nameIn(modes, row.mode);
      if (!row || !mode) continue;
      const loadBalance = nameIn(balances, row.lb);
      const spec: BondSpec = {
        name: key.slice('bond/'.length),
        id: row.id,
        mode,
        ...(loadBalance && { loadBalance }),
        mac: details.l2_address,
        minMembers: wanted.get(key)?.minMembers ?? 1,
        ...settingsOf(details),
      };
      found.set(key, { spec, handle: { swIfIndex: details.sw_if_index }, ours: true });
    }
    return found;
  },
  async create({ vpp }, spec) {
    const { sw_if_index } = await vpp.call(bondCreate2, {
      mode: modes[spec.mode],
      lb: balances[spec.loadBalance ?? 'l2'],
      numa_only: false,
      enable_gso: false,
      use_custom_mac: true,
      mac_address: spec.mac,
      id: spec.id,
    });
    return adoptNew(vpp, sw_if_index, `bond/${spec.name}`, spec, (index) =>
      vpp.call(bondDelete, { sw_if_index: index }),
    );
  },
  updatable: (from, to) =>
    from.id === to.id && from.mode === to.mode && from.loadBalance === to.loadBalance && from.mac === to.mac,
  async update({ vpp }, handle, from, to) {
    await reconfigure(vpp, handle, from, to);
    return handle;
  },
  remove: ({ vpp }, handle, spec) =>
    takeAway(vpp, handle, spec, () => vpp.call(bondDelete, { sw_if_index: handle.swIfIndex })),
});
