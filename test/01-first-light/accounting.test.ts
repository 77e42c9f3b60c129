import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { QosProfile, QosServiceClient, type Rate } from '#gen/bng/v1/qos.js';
import { SessionState } from '#gen/bng/v1/subs.js';
import { callUnary, channelCredentials } from '#lib/kernel/rpc-client.js';
import { ETHERTYPE, encodeEthernet, encodeUdp } from '#lib/net/frame.js';
import type { DhcpClient } from '../harness/dhcp-client.js';
import type { DetailRecord } from '../harness/freeradius.js';
import { lanes } from '../harness/lanes.js';
import { radclient } from '../harness/radclient.js';
import type { SimControl, SimCount } from '../harness/sim-control.js';
import { type Stack, startStack } from '../harness/stack.js';
import { labSecrets } from '../harness/stack-config.js';
import { bringOnline, sampleLine } from '../harness/subscribers.js';
import { waitFor } from '../harness/wait-for.js';

/** Not the documentation number: everything of ours has to move to it. */
const enterprise = 55_555;
const dictionary = `
VENDOR Elsewhere ${enterprise}
BEGIN-VENDOR Elsewhere
ATTRIBUTE Elsewhere-Download-Kbps 1 integer
ATTRIBUTE Elsewhere-Upload-Kbps 2 integer
ATTRIBUTE Elsewhere-Profile 8 string
ATTRIBUTE Elsewhere-Line-Id 9 string
END-VENDOR Elsewhere
`;
const password = 'Cleartext-Password := "causeway"';
const users = `
access.100.1 ${password}
	Framed-Pool := "residential", Acct-Interim-Interval := 1,
	Elsewhere-Download-Kbps := 30000, Elsewhere-Upload-Kbps := 5000, Causeway-Download-Kbps := 99000

access.100.2 ${password}
	Framed-Pool := "residential", Session-Timeout := 4

access.100.3 ${password}
	Framed-Pool := "residential"

access.100.4 ${password}
	Framed-Pool := "residential", Elsewhere-Profile := "gold"
`;
const gold = QosProfile.fromPartial({
  name: 'gold',
  download: { cirBps: 20_000_000n, pirBps: 60_000_000n },
  upload: { cirBps: 8_000_000n, cirBurstBytes: 100_000n },
});
const GiB = 2 ** 30;

/** A RADIUS server that hears everything and says nothing. */
async function startSilence(): Promise<{ port: number; heard: number; close(): void }> {
  const socket: Socket = createSocket('udp4');
  const silence = { port: 0, heard: 0, close: () => socket.close() };
  socket.on('message', () => silence.heard++);
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  silence.port = socket.address().port;
  return silence;
}

describe('RADIUS and its accounting on the simulator, with the first RADIUS server of each list silent', () => {
  let stack: Stack;
  let qos: QosServiceClient;
  let clients: DhcpClient[] = [];
  const silences: Awaited<ReturnType<typeof startSilence>>[] = [];

  const sim = (): SimControl => {
    const { sim } = stack.vpp;
    if (!sim) throw new Error('not on the simulator');
    return sim.control;
  };
  const recordsOf = (userName: string, type: string): DetailRecord[] =>
    stack.radius
      .detail()
      .filter((record) => record.get('User-Name') === userName && record.get('Acct-Status-Type') === type);
  const lastOf = (userName: string, type: string): DetailRecord | undefined => recordsOf(userName, type).at(-1);
  const octets = (record: DetailRecord | undefined, direction: 'Input' | 'Output'): number =>
    Number(record?.get(`Acct-${direction}-Gigawords`)) * 2 ** 32 + Number(record?.get(`Acct-${direction}-Octets`));
  const sessionOf = (key: string) => callUnary(stack.subs.get.bind(stack.subs), { key });
  const downloadKbps = async (sessionId: string) =>
    [...(await stack.dataplane.policerKbps())].find(([name]) => name.includes(`${sessionId}.down`))?.[1];
  const lineInterface = async (index: number) => {
    const { outerVlan, innerVlan } = sampleLine(index);
    const found = (await stack.dataplane.interfaces()).find(
      (one) => one.sub_outer_vlan_id === outerVlan && one.sub_inner_vlan_id === innerVlan,
    );
    return found?.sw_if_index ?? -1;
  };
  /** The session of `index` is gone from VPP, from the list and from FreeRADIUS's point of view, for `cause`. */
  async function expectEnded(index: number, address: string, cause: string): Promise<DetailRecord | undefined> {
    const { name } = sampleLine(index);
    await waitFor(`Stop of ${name}`, () => recordsOf(name, 'Stop').length > 0, 40_000);
    expect(recordsOf(name, 'Start')).toHaveLength(1);
    expect(recordsOf(name, 'Stop')).toHaveLength(1);
    expect(lastOf(name, 'Stop')?.get('Acct-Terminate-Cause')).toBe(cause);
    expect(await stack.dataplane.hostRoutes()).not.toContain(`${address}/32`);
    await expect(sessionOf(name)).rejects.toMatchObject({ code: 'not_found' });
    return lastOf(name, 'Stop');
  }

  beforeAll(async () => {
    const [lane] = lanes;
    if (!lane) throw new Error('no simulator');
    silences.push(await startSilence(), await startSilence());
    const [auth, acct] = silences.map(({ port }) => ({
      name: 'silent',
      host: '127.0.0.1',
      port,
      secret: labSecrets.radius,
    }));
    stack = await startStack({
      lane,
      subscribers: 4,
      users,
      dictionary,
      adjust: ({ aaa, 'subs-manager': subs }) => {
        if (auth) aaa.auth.servers.unshift(auth);
        if (acct) aaa.accounting.servers.unshift(acct);
        Object.assign(aaa.auth, { initialMs: 300, maxMs: 600, transmissions: 3 });
        Object.assign(aaa.accounting, { initialMs: 2000, maxMs: 2000, transmissions: 1 });
        Object.assign(aaa, { enterpriseNumber: enterprise });
        const short = { ...subs.groups[0], name: 'short', match: [{ line: sampleLine(2).name }], leaseS: 10 };
        subs.groups.unshift(short as unknown as (typeof subs.groups)[number]);
        Object.assign(subs, { counterPollS: 1 });
      },
    });
    qos = new QosServiceClient(stack.addresses.qos, channelCredentials());
    await callUnary(qos.putProfile.bind(qos), { profile: gold });
    const result = await bringOnline(await stack.accessLink(), { count: 4, concurrency: 4 });
    expect(result.failures).toEqual([]);
    clients = result.clients;
  }, 180_000);
  afterAll(async () => {
    qos?.close();
    await stack?.stop();
    for (const silence of silences) silence.close();
  }, 60_000);

  it('asked the silent servers first, then the other, and remembers who is dead', async () => {
    await waitFor('Starts', () => [0, 1, 2].every((index) => recordsOf(sampleLine(index).name, 'Start').length > 0));
    expect(silences.map(({ heard }) => heard > 0)).toEqual([true, true]);
    for (const role of ['auth', 'acct'])
      expect(
        await stack.metric('aaa', new RegExp(`^bng_radius_server_up\\{(?=.*"${role}")(?=.*silent).*\\} (\\d)`, 'm')),
      ).toBe(0);
  });

  it('speaks and obeys its own attributes under the number configured, and under no other', async () => {
    const { name } = sampleLine(0);
    const { sessionId } = await sessionOf(name);
    expect(await downloadKbps(sessionId)).toBe(30_000);
    expect(lastOf(name, 'Start')?.get('Elsewhere-Line-Id')).toBe(name);
    const key = `Acct-Session-Id = "${sessionId}"`;
    const obeyed = await radclient(stack.coa, 'coa', [key, `Attr-26.${enterprise}.1 = 0x00009c40`]);
    expect([obeyed.code, await downloadKbps(sessionId)]).toEqual(['CoA-ACK', 40_000]);
    const refused = await radclient(stack.coa, 'coa', [key, 'Causeway-Download-Kbps = 50000']);
    expect(refused).toMatchObject({ code: 'CoA-NAK', output: expect.stringContaining('Unsupported-Attribute') });
    expect(await downloadKbps(sessionId)).toBe(40_000);
  });

  it('polices a profile of the catalogue exactly as its preview says, and another rate by CoA instead', async () => {
    const { sessionId } = await sessionOf(sampleLine(3).name);
    const held = async (direction: 'down' | 'up') => {
      const policers = await stack.dataplane.policers();
      const found = policers.find(({ name }) => name.endsWith(`${sessionId}.${direction}`));
      return found && { cirKbps: found.cir, eirKbps: found.eir, cbBytes: found.cb, ebBytes: found.eb };
    };
    const preview = async (rate: Rate | undefined) => (await callUnary(qos.preview.bind(qos), { rate })).policer;
    expect(await preview(gold.download)).toMatchObject({ type: '2r3c-2698', cirKbps: 20_000, eirKbps: 60_000 });
    expect(await preview(gold.download)).toMatchObject((await held('down')) ?? { missing: true });
    expect(await preview(gold.upload)).toMatchObject((await held('up')) ?? { missing: true });
    const change = [`Acct-Session-Id = "${sessionId}"`, `Attr-26.${enterprise}.1 = 0x00002710`];
    expect((await radclient(stack.coa, 'coa', change)).code).toBe('CoA-ACK');
    expect(await held('down')).toMatchObject({ cirKbps: 10_000, eirKbps: 0 });
    expect(await preview(gold.upload)).toMatchObject((await held('up')) ?? { missing: true });
  });

  it('reports counters beyond 32 bits that grow, through a restart of VPP, and never fall', async () => {
    const { name } = sampleLine(0);
    /** What the line has counted, the DHCP exchange before the session began included, and `rx` and `tx` bytes more. */
    const countMore = async (rx: number, tx: number) => {
      const swIfIndex = await lineInterface(0);
      const now = (await sim().status()).interfaces.find((one) => one.swIfIndex === swIfIndex);
      if (!now) throw new Error('the line is not in VPP');
      const more = (from: SimCount, bytes: number) => ({
        packets: from.packets + bytes / 1024,
        bytes: from.bytes + bytes,
      });
      await sim().setCounters(swIfIndex, { rx: more(now.rx, rx), tx: more(now.tx, tx) });
    };
    const reaches = (input: number, output: number) => () => {
      const last = lastOf(name, 'Interim-Update');
      return octets(last, 'Input') >= input && octets(last, 'Output') >= output;
    };
    await countMore(5 * GiB, 9 * GiB);
    await waitFor('5 and 9 GiB', reaches(5 * GiB, 9 * GiB), 40_000);
    expect(lastOf(name, 'Interim-Update')?.get('Acct-Input-Gigawords')).toBe('1');
    expect(lastOf(name, 'Interim-Update')?.get('Acct-Output-Gigawords')).toBe('2');
    await sim().restart();
    await waitFor(
      'the session is back in VPP',
      async () => {
        const { ipv4 } = await sessionOf(name);
        return (await stack.dataplane.hostRoutes()).includes(`${ipv4}/32`);
      },
      60_000,
    );
    await countMore(2 * GiB, GiB);
    await waitFor('7 and 10 GiB', reaches(7 * GiB, 10 * GiB), 40_000);
    for (const direction of ['Input', 'Output'] as const) {
      const totals = recordsOf(name, 'Interim-Update').map((record) => octets(record, direction));
      expect(totals).toEqual([...totals].sort((a, b) => a - b));
      expect(totals.at(-1)).toBeLessThan(12 * GiB);
    }
  }, 90_000);

  it('ends a session at its Session-Timeout', async () => {
    const stop = await expectEnded(1, clients[1]?.lease?.address ?? '', 'Session-Timeout');
    expect(Number(stop?.get('Acct-Session-Time'))).toBeGreaterThanOrEqual(4);
  }, 60_000);

  it('ends a session whose client does not renew, at the end of the lease', async () => {
    expect(clients[2]?.lease?.leaseS).toBe(10);
    const stop = await expectEnded(2, clients[2]?.lease?.address ?? '', 'Lost-Carrier');
    expect(Number(stop?.get('Acct-Session-Time'))).toBeGreaterThanOrEqual(10);
    expect((await sessionOf(sampleLine(0).name)).state).toBe(SessionState.ACTIVE);
  }, 60_000);

  it("exports the simulator's own numbers: ports, lines, policers, errors", async () => {
    const { mac, outerVlan, innerVlan } = sampleLine(0);
    const { ipv4 } = await sessionOf(mac);
    const link = await stack.accessLink();
    const gatewayMac = await stack.gatewayMac();
    const ends = { sourceIp: ipv4, destinationIp: '192.0.2.1', sourcePort: 1000, destinationPort: 2000 };
    for (let n = 0; n < 200; n++) {
      const payload = encodeUdp({ ...ends, payload: Buffer.alloc(1000) });
      const tags = [{ vid: outerVlan }, { vid: innerVlan }];
      const frame = { destinationMac: gatewayMac, sourceMac: mac, tags, etherType: ETHERTYPE.ip4, payload };
      link.send(encodeEthernet(frame));
    }
    const exported = async (): Promise<Map<string, number>> => {
      const text = await (await fetch(`${stack.service('exporter').ops}/metrics`)).text();
      const samples = [...text.matchAll(/^(bng_vpp_\w+)\{(.*)\} (\d+)$/gm)];
      return new Map(
        samples.map(([, name, labels, value]) => [`${name} ${labels?.replace(/,?service="\w+"/, '')}`, Number(value)]),
      );
    };
    const wanted = async (): Promise<Map<string, number>> => {
      const { interfaces, policers, errors } = await sim().status();
      const ports = interfaces.filter(({ name }) => !name.includes('.'));
      const lines = interfaces.filter(({ name }) => name.startsWith('host-veth-access.'));
      const sum = <T>(items: readonly T[], of: (item: T) => number) =>
        items.reduce((total, item) => total + of(item), 0);
      return new Map([
        ...ports.flatMap(({ name, rx, tx, drops }): [string, number][] => [
          [`bng_vpp_interface_rx_packets_total interface="${name}"`, rx.packets],
          [`bng_vpp_interface_rx_bytes_total interface="${name}"`, rx.bytes],
          [`bng_vpp_interface_tx_bytes_total interface="${name}"`, tx.bytes],
          [`bng_vpp_interface_drops_total interface="${name}"`, drops],
        ]),
        ['bng_vpp_subinterfaces parent="host-veth-access"', lines.length],
        ['bng_vpp_policer_packets_total result="conform"', sum(policers, ({ conform }) => conform.packets)],
        ['bng_vpp_policer_packets_total result="violate"', sum(policers, ({ violate }) => violate.packets)],
        ...Object.entries(errors).map(([key, value]): [string, number] => {
          const [node, ...reason] = key.split('/');
          return [`bng_vpp_errors_total node="${node}",reason="${reason.join('/')}"`, value];
        }),
      ]);
    };
    const differences = async () => {
      const [mine, theirs] = [await exported(), await wanted()];
      return [...theirs]
        .filter(([key, value]) => value !== (mine.get(key) ?? 0))
        .map(([key, value]) => `${key} ${value}, not ${mine.get(key)}`);
    };
    await waitFor('200 packets', async () => {
      const { policers } = await sim().status();
      return policers.reduce((all, { conform, violate }) => all + conform.packets + violate.packets, 0) >= 200;
    });
    let left: string[] = [];
    await waitFor('equal numbers', async () => {
      left = await differences();
      return left.length === 0;
    }).catch(() => {});
    expect(left).toEqual([]);
    expect((await wanted()).size).toBeGreaterThan(10);
  }, 60_000);
});
