import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SessionBundle } from '#gen/bng/v1/configd.js';
import { callUnary, readStream } from '#lib/kernel/rpc-client.js';
import { VppClient } from '#lib/vpp/client.js';
import { ipRouteAddDel } from '#lib/vpp/messages/ip.js';
import { ipNeighborAddDel, ipNeighborDump } from '#lib/vpp/messages/ip-neighbor.js';
import { policerInputV2 } from '#lib/vpp/messages/policer.js';
import { unixSocket } from '#lib/vpp/transport.js';
import { fibPathNhProto, noInterface, path, type SwIfIndex } from '#lib/vpp/types.js';
import { Crew } from '../01-first-light/crew.js';
import { bngctl } from '../harness/bngctl.js';
import { lanes } from '../harness/lanes.js';
import { enterPrivateNetwork } from '../harness/private-network.js';
import { type Stack, startStack } from '../harness/stack.js';
import { sampleLine } from '../harness/subscribers.js';

const required = [ipRouteAddDel, ipNeighborAddDel, ipNeighborDump, policerInputV2];

describe.each(lanes)('bngctl audit on $name', (lane) => {
  const open = lane.available ? describe : describe.skip;
  open(lane.available ? 'finds and mends' : `skipped: ${lane.why}`, () => {
    let stack: Stack;
    let vpp: VppClient;

    const audit = async (...args: string[]) => {
      const { code, output } = await bngctl(stack, ['--json', 'audit', ...args]);
      const { findings = [] } = JSON.parse(output) as { findings?: Record<string, string | boolean>[] };
      return {
        code,
        findings: findings.map((one) => `${one.part} ${one.fault} ${one.what} ${one.repaired === true}`).sort(),
      };
    };
    const interfaceOf = async (index: number): Promise<SwIfIndex> => {
      const { outerVlan, innerVlan } = sampleLine(index);
      const found = (await stack.dataplane.interfaces()).find(
        (one) => one.sub_outer_vlan_id === outerVlan && one.sub_inner_vlan_id === innerVlan,
      );
      return found?.sw_if_index ?? noInterface;
    };
    const bundles = async (): Promise<SessionBundle[]> => {
      const held: SessionBundle[] = [];
      for await (const bundle of readStream(stack.config.listSessions({ owner: '' }))) held.push(bundle);
      return held;
    };
    const agreed = { code: 0, findings: [] };

    beforeAll(async () => {
      if (lane.kind === 'vpp') enterPrivateNetwork();
      stack = await startStack({ lane, subscribers: 12 });
      await new Crew(await stack.accessLink()).attachAll(0, 6);
      vpp = new VppClient({ connect: unixSocket(stack.vpp.apiSocket), name: 'saboteur', required });
      await vpp.whenReady(10_000);
    }, 120_000);
    afterAll(async () => {
      await vpp?.close();
      await stack?.stop();
    }, 60_000);

    it('nothing while all is as it should be', async () => expect(await audit()).toEqual(agreed), 30_000);

    it('what somebody took out of VPP or put into it, a policer off an interface too', async () => {
      const [noNeighbour, noRoute, unpoliced, stray] = await Promise.all([0, 1, 2, 3].map(interfaceOf));
      const neighbours = await vpp.dump(ipNeighborDump, { sw_if_index: noInterface, af: 0 });
      const of = (index: number | undefined) => neighbours.find((one) => one.neighbor.sw_if_index === index)?.neighbor;
      const gone = of(noNeighbour);
      if (!gone) throw new Error('the subscriber has no neighbour entry');
      await vpp.call(ipNeighborAddDel, { is_add: false, neighbor: gone });
      const proto = fibPathNhProto.values.FIB_API_PATH_NH_PROTO_IP4;
      const routeTo = (prefix: string, via: string, sw_if_index = noInterface) => ({
        ...{ table_id: 0, stats_index: 0, prefix },
        paths: [path({ proto, via, sw_if_index })],
      });
      const lost = of(noRoute)?.ip_address ?? '';
      const remove = { is_add: false, is_multipath: false, route: routeTo(`${lost}/32`, lost, noRoute) };
      await vpp.call(ipRouteAddDel, remove);
      const extra = {
        is_add: true,
        is_multipath: false,
        route: routeTo('100.64.200.1/32', of(stray)?.ip_address ?? '', stray),
      };
      await vpp.call(ipRouteAddDel, extra);
      await vpp.call(policerInputV2, { policer_index: 0, sw_if_index: unpoliced ?? noInterface, apply: false });
      const line = (index: number) => sampleLine(index).name;
      const faults = (mended: boolean) =>
        [
          `dataplane missing neighbour/${line(0)}/${gone.ip_address} ${mended}`,
          `dataplane missing route/default/${lost}/32 ${mended}`,
          `dataplane leftover route/default/100.64.200.1/32 ${mended}`,
          `dataplane missing policer-attach/${line(2)}/in ${mended}`,
        ].sort();
      expect(await audit()).toEqual({ code: 3, findings: faults(false) });
      expect(await audit('--repair')).toEqual({ code: 0, findings: faults(true) });
      expect(await audit()).toEqual(agreed);
    }, 60_000);

    it('a session that configd does not have, or has alone', async () => {
      const [lost, copied] = await bundles();
      if (!lost || !copied) throw new Error('configd holds no sessions');
      const { removeSession, applySession } = stack.config;
      await callUnary(removeSession.bind(stack.config), { sessionId: lost.sessionId });
      const stray = { ...copied, sessionId: 'stray', line: sampleLine(9).name, ipv4: '100.64.250.9' };
      await callUnary(applySession.bind(stack.config), { session: stray });
      const faults = (mended: boolean) =>
        [`bundles missing ${lost.sessionId} ${mended}`, `bundles extra stray ${mended}`].sort();
      expect(await audit()).toEqual({ code: 3, findings: faults(false) });
      expect(await audit('--repair')).toEqual({ code: 0, findings: faults(true) });
      expect(await audit()).toEqual(agreed);
      expect((await stack.dataplane.hostRoutes()).includes('100.64.250.9/32')).toBe(false);
    }, 60_000);

    it('says by REST what it says on the command line', async () => {
      const { ops } = stack.service('subs-manager');
      expect(await (await fetch(`${ops}/audit`)).json()).toMatchObject({ parts: expect.any(Array) });
      expect((await fetch(`${ops}/audit/repair`)).status).toBe(405);
      expect((await fetch(`${ops}/audit/repair`, { method: 'POST' })).status).toBe(200);
    }, 60_000);
  });
});
