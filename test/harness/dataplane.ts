import { join } from 'node:path';
import { type FrameLink, FrameLinks, SimFrameLink } from './frame-link.js';
import { freeUdpPort } from './free-port.js';
import type { Lane } from './lanes.js';
import { sampleNetwork } from './stack-config.js';
import { startVppSim, type VppSim } from './vpp-sim.js';

/** A dataplane under a stack, with the devices of the sample network. */
export interface Dataplane {
  name: string;
  apiSocket: string;
  statsSocket: string;
  /** Of the process that runs now; 0 when it is not ours. */
  readonly pid: number;
  /** Devices that the configuration names. */
  devices: { access: string; core: string };
  /** subs-manager's `dhcp` settings for this dataplane. */
  dhcp: { listen: string; relays: Record<string, string> };
  /** The same for DHCPv6. */
  dhcp6: { listen: string; relays: string[] };
  sim: VppSim | undefined;
  /** The subscribers' side of the access port. */
  accessLink(): Promise<FrameLink>;
  /** The far end of the port to the core. */
  coreLink(): Promise<FrameLink>;
  /** Dies without warning; harmless when it is dead already. */
  crash(): Promise<void>;
  /** Another one in its place, empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The sim, with the service link on free loopback ports. */
export async function startSimDataplane(folder: string): Promise<Dataplane> {
  const [serverPort, relayPort] = [await freeUdpPort(), await freeUdpPort()];
  const link = { server: sampleNetwork.server, to: `127.0.0.1:${serverPort}`, bind: `127.0.0.1:${relayPort}` };
  const [serverPort6, relayPort6] = [await freeUdpPort('::1'), await freeUdpPort('::1')];
  const link6 = { server: sampleNetwork.server6, to: `[::1]:${serverPort6}`, bind: `[::1]:${relayPort6}` };
  const options = { folder, dhcpLink: [link, link6] };
  let sim = await startVppSim(options);
  const links = new FrameLinks();
  const open = (device: string) => links.add(SimFrameLink.open(join(folder, 'access.sock'), device));
  return {
    name: 'vpp-sim',
    apiSocket: sim.apiSocket,
    statsSocket: sim.statsSocket,
    get pid() {
      return sim.process.child.pid;
    },
    devices: { access: 'veth-access', core: 'veth-core' },
    dhcp: { listen: link.to, relays: { [sampleNetwork.relay]: link.bind } },
    dhcp6: { listen: link6.to, relays: [link6.bind] },
    get sim() {
      return sim;
    },
    accessLink: () => open('veth-access'),
    coreLink: () => open('veth-core'),
    async crash() {
      await sim.control.close();
      await sim.kill();
    },
    async restart() {
      sim = await startVppSim(options);
    },
    async stop() {
      await links.close();
      await sim.stop();
    },
  };
}

/** The dataplane of a lane. */
export async function startDataplane(lane: Lane, folder: string): Promise<Dataplane> {
  if (lane.kind === 'sim') return startSimDataplane(folder);
  const { startVppDataplane } = await import('./vpp-dataplane.js');
  return startVppDataplane(lane, folder);
}
