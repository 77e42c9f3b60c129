import { PacketSocket } from '#lib/net/af-packet.js';
import type { Dataplane } from './dataplane.js';
import { FrameLinks } from './frame-link.js';
import type { Lane } from './lanes.js';
import { addAddress, createVethPair, removeDevice } from './private-network.js';
import { startRealVpp } from './real-vpp.js';
import { sampleNetwork } from './stack-config.js';

/** The far ends: where the subscribers are, and where subs-manager listens. */
const devices = { access: 'cw-access', core: 'cw-core' } as const;
const far = { access: 'cw-access-far', core: 'cw-core-far' } as const;

/** The veth pairs of the sample network, in this process's network namespace. */
function createLinks(): void {
  createVethPair(devices.access, far.access);
  createVethPair(devices.core, far.core);
  addAddress(far.core, `${sampleNetwork.server}/30`);
  addAddress(far.core, `${sampleNetwork.server6}/64`);
}

function removeLinks(): void {
  removeDevice(devices.access);
  removeDevice(devices.core);
}

const common = (links: FrameLinks) => ({
  devices,
  dhcp: { listen: `${sampleNetwork.server}:67`, relays: {} },
  dhcp6: { listen: `[${sampleNetwork.server6}]:547`, relays: [] },
  sim: undefined,
  accessLink: () => links.add(Promise.resolve(PacketSocket.open(far.access))),
  coreLink: () => links.add(Promise.resolve(PacketSocket.open(far.core))),
});

/** A VPP of our own on veth pairs; call `enterPrivateNetwork` first. */
export async function startVppDataplane(lane: Lane, folder: string): Promise<Dataplane> {
  createLinks();
  const vpp = await startRealVpp({ folder, bin: lane.vppBin });
  const links = new FrameLinks();
  return {
    ...common(links),
    name: 'real VPP',
    apiSocket: vpp.apiSocket,
    statsSocket: vpp.statsSocket,
    get pid() {
      return vpp.child.pid;
    },
    crash: () => vpp.kill(),
    restart: () => vpp.restart(),
    async stop() {
      await links.close();
      await vpp.stop();
      removeLinks();
    },
  };
}

const notOurs = async () => {
  throw new Error('this VPP is not ours');
};

/** A VPP that somebody else runs in this network namespace, on veth pairs that are ours. */
export async function attachVppDataplane(sockets: { apiSocket: string; statsSocket: string }): Promise<Dataplane> {
  createLinks();
  const links = new FrameLinks();
  return {
    ...common(links),
    ...sockets,
    name: 'VPP',
    pid: 0,
    crash: notOurs,
    restart: notOurs,
    async stop() {
      await links.close();
      removeLinks();
    },
  };
}
