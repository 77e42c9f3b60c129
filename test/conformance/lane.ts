import { spawnSync } from 'node:child_process';
import { describe } from '@jest/globals';
import { PacketSocket } from '#lib/net/af-packet.js';
import { VppClient } from '#lib/vpp/client.js';
import { afPacketCreateV3 } from '#lib/vpp/messages/af-packet.js';
import { allEvents, allOperations } from '#lib/vpp/messages/all.js';
import { ipNeighborAddDel } from '#lib/vpp/messages/ip-neighbor.js';
import { unixSocket } from '#lib/vpp/transport.js';
import { type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { type FrameLink, SimFrameLink } from '../harness/frame-link.js';
import { freeUdpPort } from '../harness/free-port.js';
import { type Lane, lanes } from '../harness/lanes.js';
import {
  createVethPair,
  enterPrivateNetwork,
  addAddress as ipAddressAdd,
  removeDevice,
} from '../harness/private-network.js';
import { startRealVpp } from '../harness/real-vpp.js';
import { startVppSim } from '../harness/vpp-sim.js';
import { addAddress, setUp } from './requests.js';
import { mappedServiceLink, RELAY, realServiceLink, SERVER, type ServiceLink, STRANGER } from './service-link.js';

/** A dataplane under test: a client, and network devices to attach. */
export interface Subject {
  readonly client: VppClient;
  readonly apiSocket: string;
  readonly statsSocket: string;
  readonly cliSocket: string;
  /** A device name that VPP can attach to and that no test has had before. */
  newDevice(): string;
  /** The far end of a device: frames in and out. */
  far(device: string): Promise<FrameLink>;
  /** Attaches a new device and returns its interface. */
  hostInterface(): Promise<{ device: string; index: SwIfIndex }>;
  /** The hop to a DHCP server, once per subject: VPP's side addressed and up, the server's in its neighbour table. */
  serviceLink(): Promise<ServiceLink>;
  /** A number that no test has had before: ids of tables, loopbacks, VLANs (from 100 on). */
  unique(): number;
  stop(): Promise<void>;
}

/** A device that exists on no lane. */
export const missingDevice = 'nosuchdev0';

class Numbers {
  private last = 99;
  next(): number {
    return ++this.last;
  }
}

async function connected(apiSocket: string): Promise<VppClient> {
  const client = new VppClient({ connect: unixSocket(apiSocket), required: allOperations, events: allEvents });
  await client.whenReady(20_000);
  return client;
}

type Base = Omit<Subject, 'hostInterface' | 'unique' | 'newDevice' | 'serviceLink'> & {
  makeDevice(device: string): void;
  /** The server's side, with the hardware address that VPP should send to. */
  openServiceLink(device: string): Promise<{ link: ServiceLink; serverMac: string }>;
};

async function simSubject(root: boolean): Promise<Base> {
  const names = Array.from({ length: 200 }, (_, i) => deviceName(100 + i));
  const [serverPort, relayPort] = [await freeUdpPort(), await freeUdpPort()];
  const mapped = [{ server: SERVER, to: `127.0.0.1:${serverPort}`, bind: `127.0.0.1:${relayPort}` }];
  const sim = await startVppSim({ hostInterfaces: names, statsIntervalMs: 50, dhcpLink: root ? [] : mapped });
  const client = await connected(sim.apiSocket);
  return {
    client,
    apiSocket: sim.apiSocket,
    statsSocket: sim.statsSocket,
    cliSocket: sim.cliSocket,
    makeDevice: () => undefined,
    async openServiceLink() {
      if (root) for (const host of LINK_HOSTS) ipAddressAdd('lo', `${host}/32`);
      const link = await (root ? realServiceLink() : mappedServiceLink(serverPort, relayPort));
      return { link, serverMac: '02:00:00:00:ff:02' };
    },
    far: (device) => SimFrameLink.open(sim.accessSocket, device),
    async stop() {
      await client.close();
      await sim.stop();
      if (root) for (const host of LINK_HOSTS) spawnSync('ip', ['address', 'del', `${host}/32`, 'dev', 'lo']);
    },
  };
}

async function vppSubject(): Promise<Base> {
  const vpp = await startRealVpp();
  const client = await connected(vpp.apiSocket);
  const made: string[] = [];
  return {
    client,
    apiSocket: vpp.apiSocket,
    statsSocket: vpp.statsSocket,
    cliSocket: vpp.cliSocket,
    makeDevice(device) {
      createVethPair(device, farName(device));
      made.push(device);
    },
    async openServiceLink(device) {
      for (const host of [SERVER, STRANGER]) ipAddressAdd(farName(device), `${host}/24`);
      return { link: await realServiceLink(), serverMac: macOf(farName(device)) };
    },
    far: async (device) => PacketSocket.open(farName(device)),
    async stop() {
      await client.close();
      await vpp.stop();
      for (const device of made) removeDevice(device);
    },
  };
}

/** The simulator's packets to the server are ordinary UDP between addresses of the host. */
const LINK_HOSTS = [RELAY, SERVER, STRANGER];

const macOf = (device: string): string => {
  const [found] = JSON.parse(spawnSync('ip', ['-j', 'link', 'show', device], { encoding: 'utf8' }).stdout);
  return found.address;
};

const deviceName = (n: number) => `acc${n}`;
const farName = (device: string) => `${device}f`;

/** Starts the lane's dataplane, empty. */
export async function startSubject(lane: Lane): Promise<Subject> {
  const root = enterPrivateNetwork();
  const base = await (lane.kind === 'sim' ? simSubject(root) : vppSubject());
  const numbers = new Numbers();
  const newDevice = () => {
    const device = deviceName(numbers.next());
    base.makeDevice(device);
    return device;
  };
  const hostInterface = async () => {
    const device = newDevice();
    const reply = await base.client.call(afPacketCreateV3, attach(device));
    return { device, index: swIfIndex(reply.sw_if_index) };
  };
  return {
    ...base,
    newDevice,
    hostInterface,
    unique: () => numbers.next(),
    async serviceLink() {
      const { device, index } = await hostInterface();
      await addAddress(base.client, index, `${RELAY}/24`);
      await setUp(base.client, index);
      const { link, serverMac } = await base.openServiceLink(device);
      const neighbor = { sw_if_index: index, flags: 1, mac_address: serverMac, ip_address: SERVER };
      await base.client.call(ipNeighborAddDel, { is_add: true, neighbor });
      return link;
    },
  };
}

/** `af_packet_create_v3` with VPP's defaults. */
export const attach = (device: string) => ({
  mode: 1,
  hw_addr: '00:00:00:00:00:00',
  use_random_hw_addr: true,
  host_if_name: device,
  rx_frame_size: 0,
  tx_frame_size: 0,
  rx_frames_per_block: 0,
  tx_frames_per_block: 0,
  flags: 0,
  num_rx_queues: 1,
  num_tx_queues: 1,
});

/** Runs a suite once per lane; a lane that is not there is reported as skipped, by name. */
export function onEachLane(area: string, suite: (lane: Lane) => void): void {
  for (const lane of lanes) {
    const name = lane.available ? `${area} on ${lane.name}` : `${area} on ${lane.name} (${lane.why})`;
    const run = lane.available ? describe : describe.skip;
    run(name, () => suite(lane));
  }
}
