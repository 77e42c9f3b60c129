import type { VppClient } from '#lib/vpp/client.js';
import type { Call, Infer } from '#lib/vpp/message.js';
import type { aclAddReplace } from '#lib/vpp/messages/acl.js';
import {
  createLoopbackInstance,
  createSubif,
  swInterfaceAddDelAddress,
  swInterfaceDump,
  swInterfaceSetFlags,
  swInterfaceSetUnnumbered,
} from '#lib/vpp/messages/interface.js';
import type { policerAdd } from '#lib/vpp/messages/policer.js';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import { noInterface, type SwIfIndex } from '#lib/vpp/types.js';

export const NO_MAC = '00:00:00:00:00:00';
export const DOT1Q_EXACT = 0x12;
export const QINQ_EXACT = 0x14;

/** The retval of a call, whatever it is. */
export async function retvalOf<Q, A extends { retval: number }>(
  client: VppClient,
  operation: Call<Q, A>,
  request: Q,
): Promise<number> {
  return (await client.call(operation, request, { raw: true })).retval;
}

export const interfaces = (client: VppClient, filter?: string) =>
  client.dump(swInterfaceDump, {
    sw_if_index: noInterface,
    name_filter_valid: filter !== undefined,
    name_filter: filter ?? '',
  });

export async function interfaceNamed(client: VppClient, name: string) {
  const found = (await interfaces(client)).find((row) => row.interface_name === name);
  if (!found) throw new Error(`no interface ${name}`);
  return found;
}

export async function loopback(client: VppClient, instance: number): Promise<SwIfIndex> {
  const request = { mac_address: NO_MAC, is_specified: true, user_instance: instance };
  return (await client.call(createLoopbackInstance, request)).sw_if_index;
}

export const subif = (parent: SwIfIndex, id: number, outer: number, inner = 0) => ({
  sw_if_index: parent,
  sub_id: id,
  sub_if_flags: inner === 0 ? DOT1Q_EXACT : QINQ_EXACT,
  outer_vlan_id: outer,
  inner_vlan_id: inner,
});

export async function makeSubif(client: VppClient, parent: SwIfIndex, id: number, outer: number, inner = 0) {
  return (await client.call(createSubif, subif(parent, id, outer, inner))).sw_if_index;
}

export const setUp = (client: VppClient, index: SwIfIndex, up = true) =>
  client.call(swInterfaceSetFlags, { sw_if_index: index, flags: up ? 1 : 0 });

export const address = (index: SwIfIndex, prefix: string, isAdd = true) => ({
  sw_if_index: index,
  is_add: isAdd,
  del_all: false,
  prefix,
});

export const addAddress = (client: VppClient, index: SwIfIndex, prefix: string) =>
  client.call(swInterfaceAddDelAddress, address(index, prefix));

export const unnumbered = (donor: SwIfIndex, borrower: SwIfIndex, isAdd = true) => ({
  sw_if_index: donor,
  unnumbered_sw_if_index: borrower,
  is_add: isAdd,
});

export const borrow = (client: VppClient, donor: SwIfIndex, borrower: SwIfIndex) =>
  client.call(swInterfaceSetUnnumbered, unnumbered(donor, borrower));

export type PolicerConfig = Infer<typeof policerAdd.request>['infos'];

/** One rate, two colours: transmit within it, drop beyond it. */
export const policer = (kbps: number, burstBytes: number, change: Partial<PolicerConfig> = {}): PolicerConfig => ({
  cir: kbps,
  eir: 0,
  cb: BigInt(burstBytes),
  eb: 0n,
  rate_type: 0,
  round_type: 0,
  type: 0,
  color_aware: false,
  conform_action: { type: 1, dscp: 0 },
  exceed_action: { type: 0, dscp: 0 },
  violate_action: { type: 0, dscp: 0 },
  ...change,
});

type Rule = Infer<typeof aclAddReplace.request>['r'][number];

/** Permits everything, unless told otherwise. */
export const rule = (change: Partial<Rule> = {}): Rule => ({
  is_permit: 1,
  src_prefix: '0.0.0.0/0',
  dst_prefix: '0.0.0.0/0',
  proto: 0,
  srcport_or_icmptype_first: 0,
  srcport_or_icmptype_last: 65535,
  dstport_or_icmpcode_first: 0,
  dstport_or_icmpcode_last: 65535,
  tcp_flags_mask: 0,
  tcp_flags_value: 0,
  ...change,
});

/** The features on one arc of an interface, as VPP's debug CLI lists them. */
export async function features(client: VppClient, name: string, arc: string): Promise<string[]> {
  const { reply } = await client.call(cliInband, { cmd: `show interface ${name} features` });
  const section = reply.split(/\n(?=\S)/).find((part) => part.startsWith(`${arc}:`)) ?? '';
  return section
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
