import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLog } from '#lib/kernel/log.js';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import { VppDataplane } from '../../services/configd/dataplane.js';
import type { Drift } from '../../services/configd/reconcile/read-back.js';
import type { AnyKind, KindContext, Resource } from '../../services/configd/reconcile/resource.js';
import { isScript, runScript, type Script } from '../../services/configd/reconcile/script.js';
import { allKinds } from '../../services/configd/resources/all.js';
import { createVethPair, enterPrivateNetwork, removeDevice } from '../harness/private-network.js';
import { type RealVpp, startRealVpp } from '../harness/real-vpp.js';
import { startVppSim, type VppSim } from '../harness/vpp-sim.js';
import { AtomicNode } from './atomic-node.js';
import { changedKinds, devices, everyKind, ports } from './every-kind.js';
import { everywhere, onRealVpp } from './packet-node.js';

/** What VPP cannot tell, or only at a price: asserted again after a restart, and not part of audits. */
const untold = allKinds.filter(({ read, readAt }) => !read || readAt === 'start').map(({ kind }) => kind);

const kindOf = ({ kind }: Resource): AnyKind => {
  const found = allKinds.find((each) => each.kind === kind);
  if (!found) throw new Error(`no kind ${kind}`);
  return found;
};

/** Somebody else with a connection to the same VPP, who knows how each kind is made and taken away. */
class Intruder {
  private constructor(
    private readonly node: AtomicNode,
    private readonly vpp: VppDataplane,
  ) {}

  static async open(node: AtomicNode, apiSocket: string): Promise<Intruder> {
    const vpp = new VppDataplane({ socketPath: apiSocket, log: silentLog(), replyTimeoutMs: 15_000 });
    await vpp.client.whenReady(20_000);
    return new Intruder(node, vpp);
  }

  private get ctx(): KindContext {
    return { vpp: this.vpp, handle: (key) => this.node.engine.recorded.handle(key) };
  }

  /** Takes an object away, and before it what hangs on it; gives their keys. */
  async remove(resource: Resource, gone: string[] = []): Promise<string[]> {
    const { recorded } = this.node.engine;
    for (const key of recorded.dependents(resource.key)) {
      const user = recorded.get(key)?.resource;
      if (user && !gone.includes(key)) await this.remove(user, gone);
    }
    await this.carryOut(kindOf(resource).remove(this.ctx, recorded.handle(resource.key), resource.spec));
    gone.push(resource.key);
    return gone;
  }

  async change(from: Resource, to: Resource): Promise<void> {
    await this.carryOut(
      kindOf(from).update?.(this.ctx, this.node.engine.recorded.handle(from.key), from.spec, to.spec),
    );
  }

  /** A step of a kind, whether it works by itself or says what is to be sent. */
  private async carryOut(step: Promise<unknown> | Script<unknown> | undefined): Promise<void> {
    if (!isScript(step)) await step;
    else await new Promise((resolve, reject) => runScript(this.ctx.vpp, step, resolve, reject));
  }

  /** The answer of VPP's command line. */
  async type(command: string): Promise<string> {
    return (await this.vpp.client.call(cliInband, { cmd: command })).reply;
  }

  close(): Promise<void> {
    return this.vpp.client.close();
  }
}

const told = (keys: readonly string[]) => keys.filter((key) => !untold.includes(key.slice(0, key.indexOf('/')))).sort();
const differing = (drift: Drift) => [
  ...drift.missing.map(({ key }) => key),
  ...drift.different.map(({ wanted }) => wanted.key),
];

/** Classifier entries name policers by an index that VPP gives out anew. */
const withoutIndices = (dump: readonly string[]) => dump.map((line) => line.replace(/"hit_next_index":\d+/, ''));

/** Everything of everything, found and mended; `resources` are there, `others` the same in another way. */
function suite(it: () => { node: AtomicNode; intruder: Intruder }, all: () => Resource[], others: () => Resource[]) {
  test('each object taken away, with what hung on it, is missed and comes back', async () => {
    const { node, intruder } = it();
    const before = await node.dump();
    const missed = (of: string, keys: string[], drift: Drift) =>
      expect({ of, missed: differing(drift) }).toMatchObject({ missed: expect.arrayContaining(keys) });
    /** A queue without a wish is polled, which is what was wished for. */
    const unchanged: string[] = [];
    for (const resource of all().filter(({ kind }) => !untold.includes(kind))) {
      const keys = await intruder.remove(resource);
      if (JSON.stringify(await node.dump()) === JSON.stringify(before)) unchanged.push(resource.kind);
      else missed(resource.key, told(keys), await node.engine.audit());
      expect({ of: resource.key, ...(await node.engine.repair()) }).toMatchObject({ failures: [] });
      expect({ of: resource.key, dump: await node.dump() }).toEqual({ of: resource.key, dump: before });
    }
    expect(unchanged).toEqual(unchanged.filter((kind) => kind === 'rx-queue'));
  }, 180_000);

  test('each object changed is told as different, and changed back', async () => {
    const { node, intruder } = it();
    const before = await node.dump();
    const changed: string[] = [];
    for (const to of others()) {
      const from = node.engine.recorded.get(to.key)?.resource;
      const { updatable, update, needs } = kindOf(to);
      const possible = needs(to.spec).every((key) => node.engine.recorded.get(key)) && !untold.includes(to.kind);
      const mayChange = possible && from && update && (updatable?.(from.spec, to.spec) ?? true);
      if (!mayChange || JSON.stringify(from.spec) === JSON.stringify(to.spec)) continue;
      await intruder.change(from, to);
      if (JSON.stringify(await node.dump()) === JSON.stringify(before)) continue;
      changed.push(to.kind);
      expect({ of: to.key, found: differing(await node.engine.audit()) }).toEqual({ of: to.key, found: [to.key] });
      expect({ of: to.key, ...(await node.engine.repair()) }).toMatchObject({ failures: [] });
      expect({ of: to.key, dump: await node.dump() }).toEqual({ of: to.key, dump: before });
    }
    expect(new Set(changed).size).toBeGreaterThan(10);
  }, 120_000);
}

describe('behind the back of configd, on the simulator', () => {
  let sim: VppSim;
  let it: { node: AtomicNode; intruder: Intruder };
  beforeEach(async () => {
    sim = await startVppSim({ hostInterfaces: devices, ports });
    const node = await AtomicNode.open(sim.apiSocket);
    it = { node, intruder: await Intruder.open(node, sim.apiSocket) };
    await node.bring(everyKind());
  }, 60_000);
  afterEach(async () => {
    await it.intruder.close();
    await it.node.close();
    await sim.stop();
  }, 60_000);

  test('what cannot be told is a short list', () => {
    const never = [
      'det44',
      'dhcp-servers',
      'lldp',
      'lldp-interface',
      'nat44-ed-session-limit',
      'next-hop',
      'promiscuous',
    ];
    const atStart = ['nd-proxy', 'policer-attach', 'punt-policer'];
    expect(untold.sort()).toEqual([...never, ...atStart].sort());
  });

  suite(() => it, everyKind, changedKinds);
});

onRealVpp('behind the back of configd', () => {
  let vpp: RealVpp;
  let it: { node: AtomicNode; intruder: Intruder };
  beforeEach(async () => {
    enterPrivateNetwork();
    for (const device of devices) createVethPair(device, `${device}f`);
    vpp = await startRealVpp();
    const node = await AtomicNode.open(vpp.apiSocket, 15_000);
    it = { node, intruder: await Intruder.open(node, vpp.apiSocket) };
    await node.bring(everywhere(everyKind()));
  }, 60_000);
  afterEach(async () => {
    await it.intruder.close();
    await it.node.close();
    await vpp.stop();
    for (const device of devices) removeDevice(device);
  }, 60_000);

  suite(
    () => it,
    () => everywhere(everyKind()),
    () => everywhere(changedKinds()),
  );

  /** What somebody types into vppctl, and the objects that are not as wanted after it. */
  const typed: [command: string, keys: string[]][] = [
    ['set interface state host-cwkcore down', ['host-interface/core']],
    ['set interface mtu packet 1400 host-cwkcore', ['host-interface/core']],
    ['set interface mac address host-cwkcore 02:00:00:00:00:01', ['host-interface/core']],
    ['delete loopback interface intfc loop0', ['loopback/gateway']],
    ['delete sub-interface host-cwkl2.417792', ['sub-interface/l2.102']],
    ['set interface ip address del host-cwkcore 10.255.0.1/24', ['address/core/10.255.0.1/24']],
    ['set ip neighbor del host-cwkaccess.409607 100.64.0.7 02:00:5e:00:00:07', ['neighbour/access.100.7/100.64.0.7']],
    ['set interface unnumbered del host-cwkaccess.409607', ['unnumbered/access.100.7']],
    ['set interface proxy-arp host-cwkaccess.409607 disable', ['proxy-arp/access.100.7']],
    ['policer del name cw:slow', ['policer/slow']],
    ['nat44 add address 203.0.113.0 del', ['nat44-ed-pool/any/203.0.113.0-203.0.113.3']],
    ['flowprobe feature add-del host-cwkcore ip4 both disable', ['flowprobe-interface/core']],
  ];

  test.each(typed)('vppctl %s: found and mended', async (command, keys) => {
    const { node, intruder } = it;
    const before = withoutIndices(await node.dump());
    const said = await intruder.type(command);
    const drift = differing(await node.engine.audit());
    expect({ command, said, drift }).toMatchObject({ drift: expect.arrayContaining(keys) });
    expect(await node.engine.repair()).toMatchObject({ failures: [] });
    expect(withoutIndices(await node.dump())).toEqual(before);
  });
});
