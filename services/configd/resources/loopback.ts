import { z } from 'zod';
import { createLoopbackInstance, deleteLoopback, swInterfaceSetMacAddress } from '#lib/vpp/messages/interface.js';
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

const schema = z.strictObject({
  name: plainName,
  /** VPP names it `loop<instance>`. */
  instance: z.int().min(0).max(16383),
  mac: macText,
  mtu: mtuBytes.min(64).default(9000),
  enabled: z.boolean().default(true),
});
export type LoopbackSpec = z.infer<typeof schema>;

const instanceOf = (interfaceName: string) => Number(/^loop(\d+)$/.exec(interfaceName)?.[1] ?? -1);

/** A loopback (`create_loopback_instance`): holds gateway addresses that unnumbered lines borrow. */
export const loopback = resource<LoopbackSpec, InterfaceHandle, z.input<typeof schema>>({
  kind: 'loopback',
  schema,
  key: (spec) => `loopback/${spec.name}`,
  needs: () => [],
  evicts: true,
  async read(ctx, wanted) {
    const found = new Map<string, Found<LoopbackSpec, InterfaceHandle>>();
    const called = ({ instance }: LoopbackSpec) => `loop${instance}`;
    for (const [key, details] of await ourInterfaces(ctx, 'loopback', wanted, called)) {
      const name = key.slice('loopback/'.length);
      const instance = instanceOf(details.interface_name);
      const spec = { name, instance, mac: details.l2_address, ...settingsOf(details) };
      found.set(key, { spec, handle: { swIfIndex: details.sw_if_index }, ours: true });
    }
    return found;
  },
  async create({ vpp }, spec) {
    const { sw_if_index } = await vpp.call(createLoopbackInstance, {
      mac_address: spec.mac,
      is_specified: true,
      user_instance: spec.instance,
    });
    return adoptNew(vpp, sw_if_index, `loopback/${spec.name}`, spec, (index) =>
      vpp.call(deleteLoopback, { sw_if_index: index }),
    );
  },
  updatable: (from, to) => from.instance === to.instance,
  async update({ vpp }, handle, from, to) {
    if (from.mac !== to.mac)
      await vpp.call(swInterfaceSetMacAddress, { sw_if_index: handle.swIfIndex, mac_address: to.mac });
    await reconfigure(vpp, handle, from, to);
    return handle;
  },
  remove: ({ vpp }, handle, spec) =>
    takeAway(vpp, handle, spec, () => vpp.call(deleteLoopback, { sw_if_index: handle.swIfIndex })),
});
