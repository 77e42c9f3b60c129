import { describe } from '@jest/globals';
import { silentLog } from '#lib/kernel/log.js';
import { PacketSocket } from '#lib/net/af-packet.js';
import { VppDataplane } from '../../services/configd/dataplane.js';
import { compileDocument } from '../../services/configd/document/compile.js';
import { loadDocument } from '../../services/configd/document/load-document.js';
import { problemText } from '../../services/configd/document/problem.js';
import { Engine, infraOwner } from '../../services/configd/reconcile/engine.js';
import { allKinds } from '../../services/configd/resources/all.js';
import { lanes } from '../harness/lanes.js';
import { createVethPair, enterPrivateNetwork, removeDevice } from '../harness/private-network.js';
import { type RealVpp, startRealVpp } from '../harness/real-vpp.js';

/** Runs a suite where packets are forwarded as a kind promises: on a real VPP; without one it is reported as skipped. */
export function onRealVpp(area: string, suite: () => void): void {
  for (const { name, available, why } of lanes.filter(({ kind }) => kind === 'vpp')) {
    const run = available ? describe : describe.skip;
    run(available ? `${area} on ${name}` : `${area} on ${name} (${why})`, suite);
  }
}

/** A VPP of our own that does what a document says, in this process's network namespace. */
export class PacketNode {
  private constructor(
    readonly vpp: RealVpp,
    readonly dataplane: VppDataplane,
    readonly engine: Engine,
    readonly name: string,
  ) {}

  static async start(name: string): Promise<PacketNode> {
    enterPrivateNetwork();
    const vpp = await startRealVpp();
    const dataplane = new VppDataplane({ socketPath: vpp.apiSocket, log: silentLog() });
    const engine = new Engine({ dataplane, kinds: allKinds, log: silentLog() });
    await dataplane.client.whenReady(20_000);
    await engine.restore();
    return new PacketNode(vpp, dataplane, engine, name);
  }

  /** Brings VPP to a document; throws what is wrong with it, or what VPP refused. */
  async apply(yaml: string): Promise<void> {
    const loaded = loadDocument(yaml);
    if (!loaded.ok) throw new Error(loaded.errors.map(problemText).join('\n'));
    const { outcome } = await this.engine.apply(infraOwner, compileDocument(loaded.model, { name: this.name }));
    if (outcome.result !== 'done') throw outcome.error ?? new Error(outcome.result);
  }

  async stop(): Promise<void> {
    await this.dataplane.client.close();
    await this.vpp.stop();
  }
}

/** Devices for VPP, and what comes out of their far ends. */
export class Cables {
  private readonly sockets: PacketSocket[] = [];

  private constructor(private readonly devices: readonly string[]) {}

  static lay(...devices: string[]): Cables {
    enterPrivateNetwork();
    for (const device of devices) createVethPair(device, `${device}-far`);
    return new Cables(devices);
  }

  far(device: string): PacketSocket {
    const socket = PacketSocket.open(`${device}-far`);
    this.sockets.push(socket);
    return socket;
  }

  async remove(): Promise<void> {
    await Promise.all(this.sockets.map((socket) => socket.close()));
    for (const device of this.devices) removeDevice(device);
  }
}

export const noDrift = { missing: [], different: [], leftover: [], foreign: [] };

/** Left out: a VPP may be built without these plugins or without DPDK, and LLDP cannot be taken off where indices differ. */
export const everywhere = <R extends { kind: string }>(resources: R[]) =>
  resources.filter(({ kind }) => !/^(nat44-ei|det44|lldp|vpp-interface)/.test(kind));
