import { Policy } from '#gen/bng/v1/common.js';
import { SessionBundle } from '#gen/bng/v1/configd.js';
import { silentLog } from '#lib/kernel/log.js';
import { compileFilter, type VppAclRule } from '#lib/policy/filter.js';
import type { Lane } from '../../../test/harness/lanes.js';
import { createVethPair, enterPrivateNetwork, removeDevice } from '../../../test/harness/private-network.js';
import { startRealVpp } from '../../../test/harness/real-vpp.js';
import { startVppSim } from '../../../test/harness/vpp-sim.js';
import { type Dataplane, VppDataplane } from '../dataplane.js';
import { Desired, resourceSet } from '../reconcile/desired.js';
import { Engine, type EngineHooks, infraOwner } from '../reconcile/engine.js';
import { Kinds } from '../reconcile/kinds.js';
import { readBack } from '../reconcile/read-back.js';
import type { Resource } from '../reconcile/resource.js';
import { acl } from './acl.js';
import { address } from './address.js';
import { allKinds } from './all.js';
import { dhcpRelay } from './dhcp-relay.js';
import { dhcpServers } from './dhcp-servers.js';
import { hostInterface } from './host-interface.js';
import { interfaceVrf } from './interface-vrf.js';
import { loopback } from './loopback.js';
import { memif } from './memif.js';
import { memifSocket } from './memif-socket.js';
import { stableMac } from './names.js';
import { proxyArp } from './proxy-arp.js';
import { proxyArpRange } from './proxy-arp-range.js';
import { route } from './route.js';
import { compileSession, type SessionLookup } from './session.js';
import { subInterface } from './sub-interface.js';
import { unnumbered } from './unnumbered.js';
import { vrf } from './vrf.js';

/** Host devices that the dataplane under test must have. */
export const devices = { access: 'cwtaccess', core: 'cwtcore' } as const;

const mac = (name: string) => stableMac('test', name);
const access = hostInterface.of({ name: 'access', device: devices.access, mac: mac('access') });
const core = hostInterface.of({ name: 'core', device: devices.core, mac: mac('core'), mtu: 1500 });
const blue = vrf.of({ name: 'blue', tableId: 10 });
const gateway = loopback.of({ name: 'gateway', instance: 0, mac: mac('gateway') });
const blueGateway = loopback.of({ name: 'bluegw', instance: 1, mac: mac('bluegw') });

function rules(permit: string): VppAclRule[] {
  const compiled = compileFilter([
    { action: 'permit', src: permit, proto: 'tcp', dstPorts: 443 },
    { action: 'deny', src: '2001:db8::/32' },
  ]);
  if (!compiled.ok) throw new Error('rules');
  return compiled.value;
}

function line(outerVlan: number, innerVlan: number | undefined, inBlue: boolean, dot1ad = false): Resource[] {
  const sub = subInterface.of({ parent: access.key, outerVlan, ...(innerVlan && { innerVlan }), dot1ad });
  const donor = inBlue ? blueGateway.key : gateway.key;
  const place = inBlue ? { vrf: blue.key } : {};
  return [
    sub,
    ...(inBlue ? [interfaceVrf.of({ interface: sub.key, vrf: blue.key })] : []),
    unnumbered.of({ interface: sub.key, donor, ...place }),
    proxyArp.of({ interface: sub.key }),
  ];
}

/** A configuration that uses every kind of the infrastructure. */
export function infrastructure(): Resource[] {
  return [
    access,
    core,
    memifSocket.of({ id: 7, filename: `/tmp/causeway-test-memif-${process.pid}.sock` }),
    memif.of({ name: 'service', socket: 'memif-socket/7', id: 0, role: 'master', mac: mac('service'), ringSize: 256 }),
    gateway,
    blue,
    blueGateway,
    interfaceVrf.of({ interface: blueGateway.key, vrf: blue.key }),
    address.of({ interface: gateway.key, prefix: '100.64.0.1/16' }),
    address.of({ interface: gateway.key, prefix: '2001:db8:64::1/64' }),
    address.of({ interface: blueGateway.key, prefix: '100.65.0.1/16', vrf: blue.key }),
    address.of({ interface: core.key, prefix: '10.255.0.1/24' }),
    ...line(100, 7, false),
    ...line(100, 8, false),
    ...line(200, undefined, true),
    route.of({
      prefix: '0.0.0.0/0',
      paths: [
        { via: '10.255.0.2', interface: core.key, weight: 3 },
        { via: '10.255.0.3', interface: core.key },
      ],
    }),
    route.of({ prefix: '198.51.100.0/24', drop: true }),
    route.of({ prefix: '192.0.2.0/24', paths: [{ via: '10.255.0.9' }] }),
    route.of({ prefix: '2001:db8:ffff::/48', drop: true }),
    route.of({ prefix: '2001:db8:fffe::/48', drop: true, icmp: 'prohibit' }),
    route.of({ prefix: '198.51.103.0/24', drop: true, icmp: 'unreachable' }),
    route.of({ vrf: blue.key, prefix: '0.0.0.0/0', paths: [{ lookupIn: 'default' }] }),
    route.of({ vrf: blue.key, prefix: '203.0.113.0/24', paths: [{ via: '10.255.0.2', lookupIn: 'default' }] }),
    dhcpRelay.of({ servers: [{ address: '10.255.0.2' }], sourceAddress: '10.255.0.1', vss: { global: true } }),
    dhcpRelay.of({ servers: [{ address: '2001:db8:255::2' }], sourceAddress: '2001:db8:255::1' }),
    dhcpServers.of({ interface: 'sub-interface/access.100.8', group: 'east', servers: ['10.9.0.2'] }),
    dhcpRelay.of({
      vrf: blue.key,
      vss: { name: 'blue' },
      servers: [{ address: '10.255.0.2' }, { address: '10.255.0.3' }],
      sourceAddress: '10.255.0.1',
    }),
    proxyArpRange.of({ low: '100.64.0.2', high: '100.64.255.254' }),
    proxyArpRange.of({ vrf: blue.key, low: '100.65.0.2', high: '100.65.255.254' }),
    acl.of({ name: 'web', rules: rules('any') }),
    acl.of({ name: 'strict', rules: rules('100.64.0.0/16') }),
  ];
}

/** The same with something of every sort changed: a line recreated under its session, another moved to a VRF, routes, relay, ACL, MTUs. */
export function changedInfrastructure(): Resource[] {
  const kept = infrastructure().filter(({ key }) => !/access\.100\.[78]$|\/web$|^route\/.*192\.0\.2|^memif/.test(key));
  const replaced = [
    hostInterface.of({ name: 'access', device: devices.access, mac: mac('other'), mtu: 1600 }),
    route.of({ prefix: '0.0.0.0/0', paths: [{ via: '10.255.0.4', interface: core.key }] }),
    dhcpRelay.of({ servers: [{ address: '10.255.0.5' }], sourceAddress: '10.255.0.1' }),
    dhcpRelay.of({
      ...{ servers: [{ address: '2001:db8:255::2' }, { address: '2001:db8:255::3' }] },
      ...{ sourceAddress: '2001:db8:255::1', vss: { vpnId: '0a0b0c:0000004d' } },
    }),
    acl.of({ name: 'web', rules: rules('100.65.0.0/16') }),
  ];
  const added = [
    ...line(100, 7, false, true),
    ...line(100, 8, true),
    ...line(300, undefined, false),
    address.of({ interface: core.key, prefix: '10.254.0.1/24' }),
  ];
  const byKey = new Map([...kept, ...replaced, ...added].map((one) => [one.key, one]));
  return [...byKey.values()];
}

export const lookup: SessionLookup = {
  line: (name) => ({
    ...{ interface: `sub-interface/${name}`, tags: 1 },
    ...(name === 'access.200' ? { vrf: blue.key } : { donor: gateway.key }),
  }),
  port: (name) => (name === 'core' ? { interface: core.key, tags: 0 } : undefined),
  hasAcl: (name) => name === 'web' || name === 'strict',
  marksDscp: () => false,
  hasVrf: (name) => name === 'blue',
  lender: (name) => (name === 'bluegw' ? blueGateway.key : undefined),
  profile: (name) => (name === 'gold' ? { download: { cirBps: 50e6, pirBps: 100e6 } } : undefined),
};

/** A subscriber's bundle with everything set; `change` overrides fields of it and of its policy. */
export function bundle(id: string, lineName: string, ipv4: string, policy: Partial<Policy> = {}): SessionBundle {
  return SessionBundle.fromPartial({
    sessionId: id,
    line: lineName,
    mac: '02:00:5e:00:00:01',
    ipv4,
    sourceGuard: true,
    policy: Policy.fromPartial({
      downloadBps: 100_000_000n,
      uploadBps: 20_000_000n,
      aclIn: 'web',
      aclOut: 'strict',
      ...policy,
    }),
  });
}

export const sessionResources = (one: SessionBundle): Resource[] => compileSession(one, lookup);

/** A dataplane client and an engine over it, restored. */
export async function openEngine(apiSocket: string, hooks: EngineHooks = {}) {
  const dataplane = new VppDataplane({ socketPath: apiSocket, log: silentLog() });
  const engine = new Engine({ dataplane, kinds: allKinds, log: silentLog(), hooks });
  await dataplane.client.whenReady(10_000);
  return { dataplane, engine, close: () => dataplane.client.close() };
}

/** All that VPP says of what is ours, by key; attachments as how often they are there. */
export async function dumpAll(vpp: Dataplane, wanted: readonly Resource[]): Promise<Record<string, unknown>> {
  const kinds = new Kinds(allKinds);
  const desired = new Desired(kinds);
  desired.set(infraOwner, resourceSet(wanted, kinds));
  const entries: [string, unknown][] = [];
  for (const [kind, found] of await readBack(vpp, kinds, { desired, claimed: new Map() }, true))
    for (const [key, { spec, handle }] of found) entries.push([key, kind === 'policer-attach' ? handle : spec]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An empty dataplane of a lane, with the host devices. */
export async function startLane(lane: Lane): Promise<{ apiSocket: string; stop(): Promise<void> }> {
  if (lane.kind === 'sim') return startVppSim({ hostInterfaces: Object.values(devices) });
  enterPrivateNetwork();
  for (const device of Object.values(devices)) createVethPair(device, `${device}f`);
  const vpp = await startRealVpp({ bin: lane.vppBin });
  return {
    apiSocket: vpp.apiSocket,
    async stop() {
      await vpp.stop();
      for (const device of Object.values(devices)) removeDevice(device);
    },
  };
}
