import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dump, load } from 'js-yaml';
import { PlanRequest } from '#gen/bng/v1/configd.js';
import { ListSubscribersRequest, SessionState } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { Dhcp6Client } from '../harness/dhcp6-client.js';
import { lanes } from '../harness/lanes.js';
import { radclient } from '../harness/radclient.js';
import { type Stack, startStack } from '../harness/stack.js';
import { sampleNetwork } from '../harness/stack-config.js';
import { sampleLine } from '../harness/subscribers.js';
import { waitFor } from '../harness/wait-for.js';
import { dualStackDocument, dualStackGroups, internet, portMac, Side, upstream } from './dual-stack-node.js';
import { Flood } from './flood.js';

/** A VRF that single subscribers are put into. */
const BLUE = 10;
const blue = {
  gateway: '100.127.0.1',
  prefix: '100.127.0.0/16',
  gateway6: '2001:db8:65::1',
  prefix6: '2001:db8:65::/64',
} as const;

/** One that moves into the VRF later, and what is routed there for it. */
const mover = {
  ip4: '203.0.113.77',
  prefix: '203.0.113.76/30',
  ip6: '2001:db8:66::7',
  prefix6: '2001:db8:66::/64',
} as const;

/** Where those in the walled garden may go. */
const portal = '192.0.2.80';

/** The dual stack document with the ACL of the walled garden. */
function policyDocument(sample: string): string {
  const document = load(dualStackDocument(sample)) as {
    acls?: object;
    vrfs?: object;
    interfaces: Record<string, object>;
    routes: object[];
    dhcpRelay: object[];
  };
  document.vrfs = { blue: { table: BLUE } };
  document.interfaces['blue-gw'] = {
    loopback: {},
    vrf: 'blue',
    // The gateway of the other VRF too, for those that come from there.
    addresses: [`${blue.gateway}/16`, `${blue.gateway6}/64`, `${sampleNetwork.gateway}/32`],
  };
  document.routes.push(
    { prefix: '0.0.0.0/0', vrf: 'blue', via: [{ vrf: 'default' }] },
    { prefix: '::/0', vrf: 'blue', via: [{ vrf: 'default' }] },
    { prefix: blue.prefix, via: [{ vrf: 'blue' }] },
    { prefix: blue.prefix6, via: [{ vrf: 'blue' }] },
    { prefix: mover.prefix, via: [{ vrf: 'blue' }] },
    { prefix: mover.prefix6, via: [{ vrf: 'blue' }] },
  );
  document.dhcpRelay.push(
    { vrf: 'blue', server: sampleNetwork.server, source: sampleNetwork.relay },
    { vrf: 'blue', server: sampleNetwork.server6, source: sampleNetwork.relay6 },
  );
  document.acls = { walled: { rules: ['permit udp any any port 53', `permit any any ${portal}/32`] } };
  return dump(document, { lineWidth: 120 });
}

const services = [
  { name: 'turbo', priority: 10, downloadBps: 40_000_000 },
  { name: 'walled', priority: 200, aclIn: 'walled' },
];

/** A prefix behind the first subscriber. */
const behind = { prefix: '203.0.113.16/28', host: '203.0.113.20' };

const users = `access.100.1 Cleartext-Password := "causeway"
	Framed-Route := "${behind.prefix} 0.0.0.0 1",
	Causeway-Upload-DSCP := 10,
	Causeway-Download-DSCP := 46

access.100.2 Cleartext-Password := "causeway"
	Idle-Timeout := 8

access.100.3 Auth-Type := Reject
	Reply-Message := "unpaid"

access.100.4 Cleartext-Password := "causeway"
	Causeway-Download-Kbps := 20000,
	Causeway-Upload-Kbps := 8000,
	Causeway-Download-Burst-Bytes := 500000,
	Causeway-Upload-Burst-Bytes := 200000

access.100.5 Cleartext-Password := "causeway"
	Causeway-VRF := "blue",
	Framed-IPv6-Address := 2001:db8:65::5

access.100.6 Cleartext-Password := "causeway"
	Causeway-VRF := "red"

access.100.7 Cleartext-Password := "causeway"
	Framed-IP-Address := ${mover.ip4},
	Framed-IPv6-Address := ${mover.ip6},
	Causeway-Upload-Kbps := 50000

DEFAULT Cleartext-Password := "causeway"
	Acct-Interim-Interval := 60
`;

describe.each(lanes)('policy of a session on $name', (lane) => {
  const open = lane.available ? describe : describe.skip;
  open(lane.available ? 'a subscriber' : `skipped: ${lane.why}`, () => {
    let stack: Stack;
    let gatewayMac: string;
    let coreMac: string;
    let core: Side;

    const get = (key: string) => callUnary(stack.subs.get.bind(stack.subs), { key });
    const list = () => callUnary(stack.subs.list.bind(stack.subs), ListSubscribersRequest.create());
    const tagsOf = (index: number) => [{ vid: sampleLine(index).outerVlan }, { vid: sampleLine(index).innerVlan }];
    const sideOf = async (index: number) => new Side(await stack.accessLink(), sampleLine(index).mac, tagsOf(index));
    /** Attaches a subscriber in both families; its two addresses. */
    const attach = async (index: number) => {
      const link = await stack.accessLink();
      const client4 = stack.extraClient(link, { ...sampleLine(index), tries: 8 });
      const client6 = new Dhcp6Client(link, sampleLine(index).mac, tagsOf(index));
      await client4.attach();
      const { address = '' } = await client6.attach();
      return { client4, client6, ip4: client4.lease?.address ?? '', ip6: address };
    };
    const stopOf = (mac: string) =>
      waitFor(
        'Stop',
        () =>
          stack.radius
            .detail()
            .find(
              (one) =>
                one.get('Acct-Status-Type') === 'Stop' &&
                one.get('Calling-Station-Id')?.toLowerCase().replaceAll('-', ':') === mac,
            ),
        60_000,
      );

    beforeAll(async () => {
      stack = await startStack({
        lane,
        subscribers: 7,
        users,
        apply: false,
        adjust: (configs) => {
          const subs = configs['subs-manager'];
          const [group] = subs.groups;
          Object.assign(subs, { pools6: dualStackGroups.pools6, counterPollS: 1, services });
          const ranges = ['100.127.1.1-100.127.1.254'];
          Object.assign(subs, { pools: [...subs.pools, { name: 'blue', prefix: blue.prefix, ranges }] });
          const vrfs = [{ name: 'blue', lender: 'blue-gw', gateway: blue.gateway, pools: ['blue'] }];
          const whenRejected = { services: ['walled'] };
          Object.assign(group ?? {}, { ipv6: dualStackGroups.ipv6, core: ['core'], whenRejected, vrfs });
        },
      });
      await stack.apply(policyDocument(stack.document));
      gatewayMac = await stack.gatewayMac();
      coreMac = await portMac(stack, stack.vpp.devices.core);
      core = new Side(await stack.vpp.coreLink(), upstream.mac, []);
    }, 240_000);
    afterAll(() => stack?.stop(), 60_000);

    it('has the prefix behind it routed to it, and its DSCP written in both directions and families', async () => {
      const { client4, client6, ip4, ip6 } = await attach(0);
      const side = await sideOf(0);
      for (const [at, from] of [ip4, behind.host, ip6].entries()) {
        const to = from.includes(':') ? internet.ip6 : internet.ip4;
        side.send(from, to, 6000 + at, gatewayMac);
        core.send(to, from, 6010 + at, coreMac);
        expect(await core.arrived(6000 + at)).toMatchObject({ from, dscp: lane.kind === 'vpp' ? 10 : 0 });
        expect(await side.arrived(6010 + at)).toMatchObject({ to: from, dscp: lane.kind === 'vpp' ? 46 : 0 });
      }
      client4.release(gatewayMac);
      await client6.release();
      await stopOf(sampleLine(0).mac);
      expect(await stack.dataplane.routesIn(0)).not.toContain(behind.prefix);
    }, 90_000);

    it('is in the walled garden when RADIUS rejects it, and out of it by CoA; each service is accounted for', async () => {
      const { ip4, ip6 } = await attach(2);
      const side = await sideOf(2);
      const { sessionId } = await get(ip4);
      /** Whether what is sent before a packet to the portal has come through by then. */
      const passes = async (from: string, to: string, port: number) => {
        side.send(from, to, port, gatewayMac);
        side.send(ip4, portal, port + 1, gatewayMac);
        await core.arrived(port + 1);
        return core.seen.some((one) => one.port === port);
      };
      expect(await passes(ip4, internet.ip4, 6200)).toBe(false);
      expect(await passes(ip4, internet.ip4, 53)).toBe(true);
      expect(await passes(ip6, internet.ip6, 6202)).toBe(lane.kind === 'sim');
      const counted = async () => ((await get(sessionId)).counters?.inputPackets ?? 0n) >= 6n;
      await waitFor('what it sent is counted', counted, 30_000);
      const key = `Acct-Session-Id = "${sessionId}"`;
      const off = 'Causeway-Service-Deactivate = "walled"';
      const unknown = await radclient(stack.coa, 'coa', [key, off, 'Causeway-Service-Activate = "nothing"']);
      expect(unknown).toMatchObject({ code: 'CoA-NAK', output: expect.stringContaining('Invalid-Attribute-Value') });
      expect(await passes(ip4, internet.ip4, 6204)).toBe(false);
      const on = 'ERX-Service-Activate:1 = "turbo"';
      expect(await radclient(stack.coa, 'coa', [key, off, on])).toMatchObject({ code: 'CoA-ACK' });
      side.send(ip4, internet.ip4, 6206, gatewayMac);
      side.send(ip6, internet.ip6, 6207, gatewayMac);
      await core.arrived(6206);
      await core.arrived(6207);
      expect([...(await stack.dataplane.policerKbps())]).toContainEqual([`cw:session.${sessionId}.down`, 40_000]);
      const records = (service: string) =>
        stack.radius.detail().filter((one) => one.get('Causeway-Service') === service);
      const stopped = await waitFor(
        'Stop of the service',
        () => records('walled').find((one) => one.get('Acct-Status-Type') === 'Stop'),
        60_000,
      );
      expect(stopped.get('Acct-Session-Id')).toBe(`${sessionId}:walled:1`);
      expect(Number(stopped.get('Acct-Input-Packets'))).toBeGreaterThanOrEqual(3);
      await waitFor('Start of the other', () => records('turbo').length > 0, 30_000);
      expect(records('turbo').map((one) => one.get('Acct-Status-Type'))).toEqual(['Start']);
    }, 90_000);

    const simOnly = lane.kind === 'sim' ? it : it.skip;
    simOnly.each(['policer_update', 'policer_add', 'acl_interface_set_acl_list'])(
      'is as before when the dataplane fails in the middle of a CoA, at %s',
      async (message) => {
        const [found] = (await list()).sessions.filter(({ state }) => state === SessionState.ACTIVE);
        const { sessionId = '' } = found ?? {};
        const before = [await stack.dataplane.policers(), (await get(sessionId)).policy];
        await stack.vpp.sim?.control.fault({ kind: 'fail', retval: -1 }, { message });
        const change = ['Causeway-Service-Activate = "walled"', 'Causeway-Upload-Kbps = 5000'];
        const rates = ['Causeway-Download-Kbps = 7000', 'Causeway-Service-Deactivate = "turbo"'];
        const answer = await radclient(stack.coa, 'coa', [`Acct-Session-Id = "${sessionId}"`, ...change, ...rates]);
        await stack.vpp.sim?.control.clearFaults();
        expect(answer).toMatchObject({ code: 'CoA-NAK', output: expect.stringContaining('Resources-Unavailable') });
        expect([await stack.dataplane.policers(), (await get(sessionId)).policy]).toEqual(before);
        const { entries } = await callUnary(stack.subs.why.bind(stack.subs), { key: sessionId });
        expect(entries.at(-1)).toMatchObject({ step: 'changed', outcome: 'dataplane' });
      },
      60_000,
    );

    it('is put into the VRF that RADIUS names, its line with it, and leaves nothing there', async () => {
      const link = await stack.accessLink();
      const attachBlue = async () => {
        const client4 = stack.extraClient(link, { ...sampleLine(4), tries: 8 });
        await client4.attach();
        const client6 = new Dhcp6Client(link, sampleLine(4).mac, tagsOf(4));
        await client6.attach();
        return { client4, client6, ip4: client4.lease?.address ?? '', ip6: client6.lease?.address ?? '' };
      };
      const { client4, client6, ip4, ip6 } = await attachBlue();
      expect(ip4).toMatch(/^100\.127\.1\./);
      expect(await get(ip4)).toMatchObject({ vrf: 'blue', identity: { line: { vrf: 'default' } } });
      expect(await stack.dataplane.routesIn(BLUE)).toContain(`${ip4}/32`);
      expect(await stack.dataplane.routesIn(0)).not.toContain(`${ip4}/32`);
      const side = await sideOf(4);
      for (const [at, [own, host]] of (
        [
          [ip4, internet.ip4],
          [ip6, internet.ip6],
        ] as const
      ).entries()) {
        side.send(own, host, 6300 + at, gatewayMac);
        expect(await core.arrived(6300 + at)).toMatchObject({ from: own });
        core.send(host, own, 6310 + at, coreMac);
        expect(await side.arrived(6310 + at)).toMatchObject({ to: own });
      }
      side.send('100.64.1.99', internet.ip4, 6320, gatewayMac);
      await client4.renew(gatewayMac);
      await client6.renew();
      expect(core.seen.filter(({ port }) => port === 6320)).toEqual([]);
      const { sessionId } = await get(ip4);
      const key = `Acct-Session-Id = "${sessionId}"`;
      const away = await radclient(stack.coa, 'coa', [key, 'ERX-Virtual-Router-Name = "red"', 'Idle-Timeout = 60']);
      expect(away).toMatchObject({ code: 'CoA-NAK', output: expect.stringContaining('Invalid-Attribute-Value') });
      const here = await radclient(stack.coa, 'coa', [key, 'Causeway-VRF = "blue"', 'Causeway-Upload-Kbps = 5000']);
      expect(here).toMatchObject({ code: 'CoA-ACK' });
      expect((await callUnary(stack.config.plan.bind(stack.config), PlanRequest.create())).steps).toEqual([]);
      client4.release(gatewayMac);
      await client6.release();
      await stopOf(sampleLine(4).mac);
      expect(await stack.dataplane.routesIn(BLUE)).not.toContain(`${ip4}/32`);
      expect((await callUnary(stack.config.plan.bind(stack.config), PlanRequest.create())).steps).toEqual([]);
      expect((await attachBlue()).ip4).toBe(ip4);
    }, 120_000);

    it('moves into the other VRF and back by CoA with its addresses, and its packets with it', async () => {
      const { client4, client6, ip4, ip6 } = await attach(6);
      expect([ip4, ip6]).toEqual([mover.ip4, mover.ip6]);
      const side = await sideOf(6);
      const { sessionId } = await get(ip4);
      let port = 6400;
      const passesBothWays = async () => {
        for (const [own, host] of [
          [ip4, internet.ip4],
          [ip6, internet.ip6],
        ] as const) {
          port += 2;
          side.send(own, host, port, gatewayMac);
          expect(await core.arrived(port)).toMatchObject({ from: own });
          core.send(host, own, port + 1, coreMac);
          expect(await side.arrived(port + 1)).toMatchObject({ to: own });
        }
      };
      const isIn = async (table: number) => {
        const hosts = (routes: readonly string[]) => routes.filter((one) => [`${ip4}/32`, `${ip6}/128`].includes(one));
        const other = table === BLUE ? 0 : BLUE;
        expect(hosts(await stack.dataplane.routesIn(other))).toEqual([]);
        expect(hosts(await stack.dataplane.routesIn(table))).toContain(`${ip4}/32`);
        expect((await callUnary(stack.config.plan.bind(stack.config), PlanRequest.create())).steps).toEqual([]);
      };
      const change = (...attributes: string[]) =>
        radclient(stack.coa, 'coa', [`Acct-Session-Id = "${sessionId}"`, ...attributes]);
      await passesBothWays();
      expect(await change('Causeway-VRF = "blue"', 'Causeway-Upload-Kbps = 6000')).toMatchObject({ code: 'CoA-ACK' });
      expect(await get(ip4)).toMatchObject({ sessionId, vrf: 'blue', policy: { uploadBps: 6_000_000n } });
      await isIn(BLUE);
      await passesBothWays();
      side.send('203.0.113.78', internet.ip4, 6490, gatewayMac);
      await client4.renew(gatewayMac);
      await client6.renew();
      expect(core.seen.filter((one) => one.port === 6490)).toEqual([]);
      const unknown = await change('Causeway-VRF = "default"', 'Causeway-Service-Activate = "nothing"');
      expect(unknown).toMatchObject({ code: 'CoA-NAK', output: expect.stringContaining('Invalid-Attribute-Value') });
      await isIn(BLUE);
      expect(await change('ERX-Virtual-Router-Name = "default"')).toMatchObject({ code: 'CoA-ACK' });
      await isIn(0);
      await passesBothWays();
      await client4.renew(gatewayMac);
    }, 120_000);

    simOnly.each(['sw_interface_set_table', 'sw_interface_set_unnumbered', 'ip_neighbor_add_del', 'ip_route_add_del'])(
      'is where it was, with all it had, when the dataplane fails in the middle of a change of VRF, at %s',
      async (message) => {
        const { sessionId } = await get(mover.ip4);
        const state = async () => [
          await stack.dataplane.routesIn(0),
          await stack.dataplane.routesIn(BLUE),
          await stack.dataplane.policers(),
          // What passed is read at its own time.
          { ...(await get(sessionId)), counters: undefined },
        ];
        const before = await state();
        await stack.vpp.sim?.control.fault({ kind: 'fail', retval: -1 }, { message });
        const attributes = ['Causeway-VRF = "blue"', 'Causeway-Upload-Kbps = 9000'];
        const answer = await radclient(stack.coa, 'coa', [`Acct-Session-Id = "${sessionId}"`, ...attributes]);
        await stack.vpp.sim?.control.clearFaults();
        expect(answer).toMatchObject({ code: 'CoA-NAK', output: expect.stringContaining('Resources-Unavailable') });
        await waitFor('no drift', async () => {
          const { steps } = await callUnary(stack.config.plan.bind(stack.config), PlanRequest.create());
          return steps.length === 0;
        });
        expect(await state()).toEqual(before);
      },
      60_000,
    );

    it('is refused when RADIUS names a VRF that its group may not use', async () => {
      const client = stack.extraClient(await stack.accessLink(), { ...sampleLine(5), tries: 1 });
      await expect(client.attach()).rejects.toThrow();
      const { reason } = await waitFor('the refusal', async () => {
        const session = await get(sampleLine(5).mac);
        return session.reason !== '' && session;
      });
      expect(reason).toBe('VRF red: it is none of group residential');
    }, 60_000);

    const packetsOnly = lane.kind === 'vpp' ? it : it.skip;
    packetsOnly.each([
      { way: 'up', families: [4], bps: 8e6, burst: 200_000 },
      { way: 'down', families: [6], bps: 20e6, burst: 500_000 },
      { way: 'up', families: [4, 6], bps: 8e6, burst: 200_000 },
      { way: 'down', families: [4, 6], bps: 20e6, burst: 500_000 },
    ])(
      'gets its rate within 5 % when twice as much is offered: $way, families $families',
      async ({ way, families, bps, burst }) => {
        const found = await get(sampleLine(3).mac).catch(() => undefined);
        const both = found ? { ip4: found.ipv4, ip6: found.ipv6?.address ?? '' } : await attach(3);
        const side = await sideOf(3);
        const [from, to] = way === 'up' ? [side, core] : [core, side];
        const port = 7000 + families.length + (way === 'up' ? 10 : 0);
        const flood = new Flood({ bps: bps * 2, forMs: 3000, burst });
        const send = (n: number) => {
          const is4 = families[n % families.length] === 4;
          const [own, host] = is4 ? ([both.ip4, internet.ip4] as const) : ([both.ip6, internet.ip6] as const);
          const bytes = flood.payloadOf(own);
          if (way === 'up') from.send(own, host, port, gatewayMac, bytes);
          else from.send(host, own, port, coreMac, bytes);
        };
        const seen = () => to.seen.filter((one) => one.port === port).length;
        const shares: number[] = [];
        // A stall of the machine makes it less, never more.
        while (shares.length < 3 && !shares.some((share) => share > 0.95)) {
          await flood.calm();
          shares.push((await flood.measure(send, seen)) / bps);
        }
        expect(Math.max(...shares)).toBeGreaterThan(0.95);
        expect(Math.max(...shares)).toBeLessThan(1.05);
      },
      60_000,
    );

    it('ends by Idle-Timeout when it sends nothing, not before', async () => {
      const { ip4 } = await attach(1);
      const side = await sideOf(1);
      for (let n = 0; n < 11; n++) {
        side.send(ip4, internet.ip4, 6100 + n, gatewayMac);
        await core.arrived(6100 + n);
        await new Promise((later) => setTimeout(later, 1000));
      }
      expect(await get(ip4)).toMatchObject({ state: SessionState.ACTIVE });
      const record = await stopOf(sampleLine(1).mac);
      expect(record.get('Acct-Terminate-Cause')).toBe('Idle-Timeout');
      await expect(get(ip4)).rejects.toThrow(BngError);
    }, 90_000);
  });
});
