import { BngError } from '#lib/kernel/errors.js';
import type { Log } from '#lib/kernel/log.js';
import { VppClient, type VppClientOptions } from '#lib/vpp/client.js';
import { VppClientError } from '#lib/vpp/client-error.js';
import type { AnyMessage, Call, Dump, Operation, Stream } from '#lib/vpp/message.js';
import {
  aclAddReplace,
  aclDel,
  aclDump,
  aclInterfaceListDump,
  aclInterfaceSetAclList,
  aclStatsIntfCountersEnable,
  macipAclAddReplace,
  macipAclDel,
  macipAclDump,
  macipAclInterfaceAddDel,
  macipAclInterfaceListDump,
} from '#lib/vpp/messages/acl.js';
import { afPacketCreateV3, afPacketDelete, afPacketDump } from '#lib/vpp/messages/af-packet.js';
import { operationsOfPlugin, type Plugin, pluginOf } from '#lib/vpp/messages/all.js';
import { proxyArpAddDel, proxyArpDump, proxyArpIntfcDump, proxyArpIntfcEnableDisable } from '#lib/vpp/messages/arp.js';
import {
  bondAddMember,
  bondCreate2,
  bondDelete,
  bondDetachMember,
  swBondInterfaceDump,
  swInterfaceSetBondWeight,
  swMemberInterfaceDump,
} from '#lib/vpp/messages/bond.js';
import { dhcpProxyConfig, dhcpProxyDump } from '#lib/vpp/messages/dhcp.js';
import { featureEnableDisable } from '#lib/vpp/messages/feature.js';
import { fibSourceDump } from '#lib/vpp/messages/fib.js';
import {
  createLoopbackInstance,
  createSubif,
  deleteLoopback,
  deleteSubif,
  swInterfaceAddDelAddress,
  swInterfaceDump,
  swInterfaceEvent,
  swInterfaceGetTable,
  swInterfaceSetFlags,
  swInterfaceSetMacAddress,
  swInterfaceSetMtu,
  swInterfaceSetTable,
  swInterfaceSetUnnumbered,
  swInterfaceTagAddDel,
} from '#lib/vpp/messages/interface.js';
import {
  ipAddressDump,
  ipRouteAddDel,
  ipRouteV2Dump,
  ipTableAddDelV2,
  ipTableDump,
  ipUnnumberedDump,
} from '#lib/vpp/messages/ip.js';
import { ipNeighborAddDel, ipNeighborDump } from '#lib/vpp/messages/ip-neighbor.js';
import {
  bridgeDomainAddDelV2,
  bridgeDomainDump,
  bridgeDomainSetLearnLimit,
  bridgeDomainSetMacAge,
  bridgeFlags,
  l2FibTableDump,
  l2fibAddDel,
  l2InterfaceVlanTagRewrite,
  l2XconnectDump,
  swInterfaceSetL2Bridge,
  swInterfaceSetL2Xconnect,
} from '#lib/vpp/messages/l2.js';
import {
  memifCreateV2,
  memifDelete,
  memifDump,
  memifSocketFilenameAddDelV2,
  memifSocketFilenameDump,
} from '#lib/vpp/messages/memif.js';
import {
  policerAdd,
  policerDel,
  policerDumpV2,
  policerInputV2,
  policerOutputV2,
  policerUpdate,
} from '#lib/vpp/messages/policer.js';
import { urpfInterfaceDump, urpfUpdateV2 } from '#lib/vpp/messages/urpf.js';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import { showVersion } from '#lib/vpp/messages/vpe.js';
import { unixSocket } from '#lib/vpp/transport.js';

/** What the resource kinds may do with VPP. Every method fails with a BngError: `dataplane` (fields message, retval), `timeout`, `unavailable`. */
export interface Dataplane {
  /** A request that changes state. `accept` names return values that are as good as 0 here; the reply is returned with its retval. */
  call<Q, A extends { retval: number }>(op: Call<Q, A>, request: Q, accept?: readonly number[]): Promise<A>;
  /** A request without a promise: exactly one of `answered` and `failed` is called. For thousands of requests; absent where there are none. */
  send?<Q, A extends { retval: number }>(
    op: Call<Q, A>,
    request: Q,
    answered: (reply: A) => void,
    failed: (error: unknown) => void,
  ): void;
  /** A request that changes nothing. */
  ask<Q, A extends { retval: number }>(op: Call<Q, A>, request: Q): Promise<A>;
  dump<Q, D>(op: Dump<Q, D>, request: Q): Promise<D[]>;
  /** All details of a stream. */
  stream<Q extends { cursor: number }, D, A extends StreamEnd>(op: Stream<Q, D, A>, request: Q): Promise<D[]>;
  /** Whether the VPP now connected has an operation that not every VPP has (a plugin's). */
  offers(op: Operation): boolean;
  /** Of a dataplane that only takes notes: what it dumps says nothing. */
  readonly takesNotes?: boolean;
}

type StreamEnd = { retval: number; cursor: number };

/** Everything the resource kinds send: a VPP without one of these is refused at connect. */
const operations: readonly Operation[] = [
  ...[aclAddReplace, aclDel, aclDump, aclInterfaceListDump, aclInterfaceSetAclList, aclStatsIntfCountersEnable],
  ...[macipAclAddReplace, macipAclDel, macipAclDump, macipAclInterfaceAddDel, macipAclInterfaceListDump],
  ...[afPacketCreateV3, afPacketDelete, afPacketDump],
  ...[proxyArpAddDel, proxyArpDump, proxyArpIntfcDump, proxyArpIntfcEnableDisable],
  ...[bondAddMember, bondCreate2, bondDelete, bondDetachMember, swBondInterfaceDump],
  ...[swInterfaceSetBondWeight, swMemberInterfaceDump],
  ...[bridgeDomainAddDelV2, bridgeDomainDump, bridgeDomainSetLearnLimit, bridgeDomainSetMacAge, bridgeFlags],
  ...[l2FibTableDump, l2fibAddDel, l2InterfaceVlanTagRewrite, l2XconnectDump],
  ...[swInterfaceSetL2Bridge, swInterfaceSetL2Xconnect],
  ...[featureEnableDisable],
  ...[dhcpProxyConfig, dhcpProxyDump, fibSourceDump, cliInband, showVersion],
  ...[createLoopbackInstance, createSubif, deleteLoopback, deleteSubif, swInterfaceAddDelAddress, swInterfaceDump],
  ...[swInterfaceGetTable, swInterfaceSetFlags, swInterfaceSetMacAddress, swInterfaceSetMtu, swInterfaceSetTable],
  ...[swInterfaceSetUnnumbered, swInterfaceTagAddDel],
  ...[ipAddressDump, ipRouteAddDel, ipRouteV2Dump, ipTableAddDelV2, ipTableDump, ipUnnumberedDump],
  ...[ipNeighborAddDel, ipNeighborDump],
  ...[memifCreateV2, memifDelete, memifDump, memifSocketFilenameAddDelV2, memifSocketFilenameDump],
  ...[policerAdd, policerDel, policerDumpV2, policerInputV2, policerOutputV2, policerUpdate],
  ...[urpfInterfaceDump, urpfUpdateV2],
];

const events: readonly AnyMessage[] = [swInterfaceEvent];

/** An operation that VPP does not offer is told by the plugin it comes with. */
function withPlugin(op: Operation, error: unknown): unknown {
  const plugin = error instanceof VppClientError && error.reason === 'unsupported' ? pluginOf(op) : undefined;
  if (plugin === undefined) return error;
  const { name } = op.request;
  return new BngError('failed_precondition', `VPP runs without its ${plugin} plugin`, { plugin, message: name }, error);
}

export type VppDataplaneOptions = Omit<VppClientOptions, 'connect' | 'required' | 'events' | 'name'> & {
  /** VPP's API socket: `/run/vpp/api.sock`. */
  readonly socketPath: string;
  readonly log: Log;
};

/** The only place of configd that holds a VPP client. `client` tells its state and starts and closes it; requests go through the rest. */
export class VppDataplane implements Dataplane {
  readonly client: VppClient;

  constructor({ socketPath, log, ...options }: VppDataplaneOptions) {
    this.client = new VppClient({
      onWarning: ({ kind, detail }) => log.warn({ detail }, kind),
      ...options,
      connect: unixSocket(socketPath),
      name: 'causeway-configd',
      required: operations,
      events,
    });
  }

  call<Q, A extends { retval: number }>(op: Call<Q, A>, request: Q, accept?: readonly number[]): Promise<A> {
    const options = accept && { accept };
    return this.client.call(op, request, options).catch((error) => Promise.reject(withPlugin(op, error)));
  }

  send<Q, A extends { retval: number }>(
    op: Call<Q, A>,
    request: Q,
    answered: (reply: A) => void,
    failed: (error: unknown) => void,
  ): void {
    this.client.send(op, request, answered, (error) => failed(withPlugin(op, error)));
  }

  ask<Q, A extends { retval: number }>(op: Call<Q, A>, request: Q): Promise<A> {
    return this.client.call(op, request);
  }

  dump<Q, D>(op: Dump<Q, D>, request: Q): Promise<D[]> {
    return this.client.dump(op, request);
  }

  stream<Q extends { cursor: number }, D, A extends StreamEnd>(op: Stream<Q, D, A>, request: Q): Promise<D[]> {
    return this.client.streamGet(op, request);
  }

  offers(op: Operation): boolean {
    return this.client.supports(op);
  }

  /** Whether a plugin is loaded; true while VPP is away, because then nobody can say. */
  hasPlugin(plugin: Plugin): boolean {
    return this.client.state.kind !== 'ready' || operationsOfPlugin(plugin).every((op) => this.offers(op));
  }

  /** VPP's own version text: `26.06-release`. */
  async version(): Promise<string> {
    return (await this.client.call(showVersion, {})).version;
  }
}
