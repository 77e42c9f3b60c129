import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SessionState } from '#gen/bng/v1/subs.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import type { DhcpClient } from '../harness/dhcp-client.js';
import { DhcpNak, DhcpSilence } from '../harness/dhcp-client.js';
import type { DetailRecord } from '../harness/freeradius.js';
import { lanes } from '../harness/lanes.js';
import { radclient } from '../harness/radclient.js';
import { type Stack, startStack } from '../harness/stack.js';
import { bringOnline, sampleLine } from '../harness/subscribers.js';
import { waitFor } from '../harness/wait-for.js';

const count = 24;
/** Lines of the outer VLAN 100: the sample users give 50/10 Mbit/s. */
const downKbps = 50_000;
const upKbps = 10_000;

describe.each(lanes)('first light on $name', (lane) => {
  const open = lane.available ? describe : describe.skip;
  open(lane.available ? 'subscribers' : `skipped: ${lane.why}`, () => {
    let stack: Stack;
    let clients: DhcpClient[] = [];

    const records = (type: string): DetailRecord[] =>
      stack.radius.detail().filter((record) => record.get('Acct-Status-Type') === type);
    const recordOf = (type: string, mac: string) =>
      records(type).find((record) => record.get('Calling-Station-Id')?.toLowerCase().replaceAll('-', ':') === mac);
    const sessionOf = (key: string) => callUnary(stack.subs.get.bind(stack.subs), { key });
    const client = (index: number): DhcpClient => {
      const found = clients[index];
      if (!found) throw new Error(`no client ${index}`);
      return found;
    };
    const addressOf = (index: number): string => client(index).lease?.address ?? '';
    const ratesOf = async (sessionId: string): Promise<number[]> => {
      const policers = await stack.dataplane.policerKbps();
      return [...policers]
        .filter(([name]) => name.includes(sessionId))
        .map(([, kbps]) => kbps)
        .sort((a, b) => a - b);
    };

    beforeAll(async () => {
      stack = await startStack({ lane, subscribers: count });
      const result = await bringOnline(await stack.accessLink(), { count, concurrency: count });
      expect(result.failures).toEqual([]);
      clients = result.clients;
    }, 180_000);
    afterAll(() => stack?.stop(), 60_000);

    it('puts every subscriber into the dataplane before its ACK: route, static neighbour, both policers, source guard', async () => {
      const interfaces = await stack.dataplane.interfaces();
      const routes = await stack.dataplane.hostRoutes();
      const neighbours = await stack.dataplane.neighbours();
      const strict = await stack.dataplane.strictInterfaces();
      expect(routes).toHaveLength(count);
      for (let index = 0; index < count; index++) {
        const line = sampleLine(index);
        const iface = interfaces.find(
          (one) => one.sub_outer_vlan_id === line.outerVlan && one.sub_inner_vlan_id === line.innerVlan,
        );
        expect(routes).toContain(`${addressOf(index)}/32`);
        expect(neighbours.get(addressOf(index))).toBe(line.mac);
        expect(strict).toContain(iface?.sw_if_index);
        const name = iface?.interface_name ?? '';
        expect(await stack.dataplane.policerApplies(name, 'input')).toBe(1);
        expect(await stack.dataplane.policerApplies(name, 'output')).toBe(1);
        const session = await sessionOf(line.mac);
        expect(session.ipv4).toBe(addressOf(index));
        expect(session.state).toBe(SessionState.ACTIVE);
        expect(await ratesOf(session.sessionId)).toEqual([upKbps, downKbps]);
      }
    }, 60_000);

    it('gives each an address of its own', () => {
      expect(new Set(clients.map((one) => one.lease?.address)).size).toBe(count);
    });

    it("writes exactly one Start per subscriber into FreeRADIUS's own detail file", async () => {
      await waitFor('all Starts', () => records('Start').length >= count, 40_000);
      expect(records('Start')).toHaveLength(count);
      expect(new Set(records('Start').map((record) => record.get('Acct-Session-Id'))).size).toBe(count);
      const start = recordOf('Start', sampleLine(0).mac);
      expect(start?.get('User-Name')).toBe('access.100.1');
      expect(start?.get('Framed-IP-Address')).toBe(addressOf(0));
      expect(start?.get('Class')).toBe('0x7265736964656e7469616c');
    }, 60_000);

    it('renews in place: same address, no second Start, no RADIUS', async () => {
      const before = records('Start').length;
      const ack = await client(1).renew(await stack.gatewayMac());
      expect(ack.yiaddr).toBe(addressOf(1));
      expect(records('Start')).toHaveLength(before);
    });

    it('changes the rate live by CoA, in the policer that is there', async () => {
      const session = await sessionOf(sampleLine(2).mac);
      const answer = await radclient(stack.coa, 'coa', [
        `Acct-Session-Id = "${session.sessionId}"`,
        'Causeway-Download-Kbps = 80000',
      ]);
      expect(answer.code).toBe('CoA-ACK');
      expect(await ratesOf(session.sessionId)).toEqual([upKbps, 80_000]);
    });

    it.each<[string, (id: string, ip: string) => string[]]>([
      ['User-Name', () => ['User-Name = "access.100.4"', 'Mikrotik-Rate-Limit = "7M/70M"']],
      [
        'Framed-IP-Address',
        (_, ip) => [`Framed-IP-Address = ${ip}`, 'Causeway-Download-Kbps = 70000', 'Causeway-Upload-Kbps = 7000'],
      ],
      [
        'Calling-Station-Id',
        () => [
          `Calling-Station-Id = "${sampleLine(3).mac}"`,
          'WISPr-Bandwidth-Max-Down = 70000000',
          'WISPr-Bandwidth-Max-Up = 7000000',
        ],
      ],
    ])('finds the session of a CoA by %s, in every dialect of rates', async (_, attributes) => {
      const session = await sessionOf(sampleLine(3).mac);
      const reset = ['Causeway-Download-Kbps = 50000', 'Causeway-Upload-Kbps = 10000'];
      await radclient(stack.coa, 'coa', [`Acct-Session-Id = "${session.sessionId}"`, ...reset]);
      const answer = await radclient(stack.coa, 'coa', attributes(session.sessionId, addressOf(3)));
      expect(answer.code).toBe('CoA-ACK');
      expect(await ratesOf(session.sessionId)).toEqual([7_000, 70_000]);
    });

    it.each<[string, (id: string) => string[], string]>([
      [
        'no such session',
        () => ['Acct-Session-Id = "0000"', 'Causeway-Download-Kbps = 1000'],
        'Session-Context-Not-Found',
      ],
      [
        'keys of two sessions',
        (id) => [`Acct-Session-Id = "${id}"`, 'User-Name = "access.100.1"', 'Causeway-Download-Kbps = 1000'],
        'Session-Context-Not-Found',
      ],
      [
        'a rate of zero beside a good one',
        (id) => [`Acct-Session-Id = "${id}"`, 'Causeway-Upload-Kbps = 5000', 'Causeway-Download-Kbps = 0'],
        'Invalid-Attribute-Value',
      ],
      [
        'an ACL that does not exist',
        (id) => [`Acct-Session-Id = "${id}"`, 'Causeway-Upload-Kbps = 5000', 'Filter-Id = "nowhere"'],
        '',
      ],
      ['no session key', () => ['Causeway-Download-Kbps = 1000'], 'Missing-Attribute'],
    ])('refuses a CoA with %s and changes nothing', async (_, attributes, cause) => {
      const session = await sessionOf(sampleLine(4).mac);
      const answer = await radclient(stack.coa, 'coa', attributes(session.sessionId));
      expect(answer.code).toBe('CoA-NAK');
      expect(answer.output).toContain(cause);
      expect(await ratesOf(session.sessionId)).toEqual([upKbps, downKbps]);
    });

    it('puts an ACL on by CoA that leaves DHCP alone, and takes it off with the session', async () => {
      const line = sampleLine(5);
      const session = await sessionOf(line.mac);
      const answer = await radclient(stack.coa, 'coa', [
        `Acct-Session-Id = "${session.sessionId}"`,
        'Filter-Id = "web-only"',
      ]);
      expect(answer.code).toBe('CoA-ACK');
      const interfaces = await stack.dataplane.interfaces();
      const iface = interfaces.find(
        (one) => one.sub_outer_vlan_id === line.outerVlan && one.sub_inner_vlan_id === line.innerVlan,
      );
      expect(await stack.dataplane.aclsOf(iface?.sw_if_index ?? 0)).toHaveLength(2);
      expect((await client(5).renew(await stack.gatewayMac())).yiaddr).toBe(session.ipv4);
      client(5).release(await stack.gatewayMac());
      await waitFor('released', async () => !(await stack.dataplane.hostRoutes()).includes(`${session.ipv4}/32`));
      expect(await stack.dataplane.aclsOf(iface?.sw_if_index ?? 0)).toEqual([]);
      expect(await ratesOf(session.sessionId)).toEqual([]);
      expect(await stack.dataplane.policerApplies(iface?.interface_name ?? '', 'input')).toBe(0);
      await waitFor('Stop', () => recordOf('Stop', line.mac), 40_000);
      expect(recordOf('Stop', line.mac)?.get('Acct-Terminate-Cause')).toBe('User-Request');
    }, 60_000);

    it('ends a session by Disconnect-Request; the client is told at its next renewal', async () => {
      const line = sampleLine(6);
      const session = await sessionOf(line.mac);
      const answer = await radclient(stack.coa, 'disconnect', [`Acct-Session-Id = "${session.sessionId}"`]);
      expect(answer.code).toBe('Disconnect-ACK');
      expect(await stack.dataplane.hostRoutes()).not.toContain(`${session.ipv4}/32`);
      await expect(sessionOf(session.sessionId)).rejects.toMatchObject({ code: 'not_found' });
      await waitFor('Stop', () => recordOf('Stop', line.mac), 40_000);
      expect(recordOf('Stop', line.mac)?.get('Acct-Terminate-Cause')).toBe('Admin-Reset');
      await expect(client(6).reboot(session.ipv4)).rejects.toThrow(DhcpNak);
    }, 60_000);

    it('leaves a rejected line without an address and asks RADIUS once', async () => {
      const link = await stack.accessLink();
      const requestsBefore = await stack.metric('aaa', /^bng_radius_requests_total\{[^}]*role="auth"[^}]*\} (\d+)/m);
      const rejected = stack.extraClient(link, {
        mac: '02:53:ff:00:00:01',
        outerVlan: 100,
        innerVlan: 4001,
        firstTimeoutMs: 300,
        tries: 4,
      });
      await expect(rejected.attach()).rejects.toThrow(DhcpSilence);
      expect(rejected.sent).toBe(4);
      const requestsAfter = await stack.metric('aaa', /^bng_radius_requests_total\{[^}]*role="auth"[^}]*\} (\d+)/m);
      expect(requestsAfter - requestsBefore).toBe(1);
    }, 60_000);
  });
});
