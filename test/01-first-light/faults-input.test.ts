import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeDhcp } from '#lib/dhcp/packet.js';
import { buildClientMessage } from '#lib/dhcp/request.js';
import { EventBus, streams } from '#lib/kernel/jetstream.js';
import { silentLog } from '#lib/kernel/log.js';
import { splitHostPort } from '#lib/kernel/ops-server.js';
import { BROADCAST_IP4, BROADCAST_MAC } from '#lib/net/address.js';
import { ETHERTYPE, encodeEthernet, encodeUdp } from '#lib/net/frame.js';
import { mutations } from '#lib/net/mutate.testkit.js';
import { attribute } from '#lib/radius/attribute-row.js';
import { attributes } from '#lib/radius/attributes.js';
import { Code } from '#lib/radius/codes.js';
import { encodeRequest } from '#lib/radius/message.js';
import { frame } from '#lib/vpp/framing.js';
import { fixedIds, sockclntCreate } from '#lib/vpp/messages/memclnt.js';
import { lanes } from '../harness/lanes.js';
import type { StackService } from '../harness/stack.js';
import { waitFor } from '../harness/wait-for.js';
import {
  contentOf,
  expectIntact,
  type FaultStack,
  sessionOf,
  setDownloadKbps,
  startFaultStack,
  stopFaultStack,
} from './fault-stack.js';
import { sendDatagrams, sendStream } from './hostile.js';

const services: StackService[] = ['qos-compiler', 'configd', 'aaa', 'subs-manager', 'exporter'];

/** A DISCOVER as a subscriber sends it. */
const discover = () =>
  encodeDhcp(buildClientMessage({ type: 'discover', mac: '02:53:00:00:00:01', xid: 7, asks: [1, 3, 6, 51, 54] }));

const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
  .split('')
  .map((name, at) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefg'[at]}`).join(',')}]`)
  .join('\n')}\n`;

describe.each(lanes)('hostile input on $name', (lane) => {
  const open = lane.available ? describe : describe.skip;
  open(lane.available ? 'with subscribers' : `skipped: ${lane.why}`, () => {
    let all: FaultStack;
    let newcomers = 5;

    /** Sum over all labels of a counter. */
    const counted = async (service: StackService, name: string): Promise<number> => {
      const text = await (await fetch(`${all.stack.service(service).ops}/metrics`)).text();
      const samples = text.split('\n').filter((line) => line.startsWith(`${name}{`));
      return samples.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    };
    /** Every process is the one it was and ready, what is there stays, and the next subscriber is served. */
    const expectServing = async (): Promise<void> => {
      for (const name of services) {
        const { child, ops } = all.stack.service(name);
        expect([name, child.running, (await fetch(`${ops}/readyz`)).status]).toEqual([name, true, 200]);
      }
      await all.crew.attach(newcomers++);
      await expectIntact(all);
    };

    beforeAll(async () => {
      all = await startFaultStack(lane, 30);
      await all.crew.attachAll(0, 5);
    }, 120_000);
    afterAll(() => stopFaultStack(all), 60_000);

    it('frames of nonsense and damaged DHCP on the access link', async () => {
      const link = await all.stack.accessLink();
      const udp = { sourceIp: '0.0.0.0', destinationIp: BROADCAST_IP4, sourcePort: 68, destinationPort: 67 };
      const frameOf = (payload: Uint8Array) =>
        encodeEthernet({
          destinationMac: BROADCAST_MAC,
          sourceMac: '02:53:00:00:00:99',
          tags: [{ vid: 100 }, { vid: 29 }],
          etherType: ETHERTYPE.ip4,
          payload: encodeUdp({ ...udp, payload }),
        });
      const long = (bytes: Uint8Array) => bytes.length >= 60 && bytes.length < 1500;
      let sent = 0;
      for (const bytes of mutations(frameOf(discover()), 2000)) {
        if (long(bytes)) link.send(bytes);
        if (++sent % 50 === 0) await new Promise(setImmediate);
      }
      for (const payload of mutations(discover(), 1000, 2)) if (long(payload)) link.send(frameOf(payload));
      await expectServing();
    }, 60_000);

    it('damaged DHCP at the port of the server: counted with its reason', async () => {
      const before = await counted('subs-manager', 'bng_subs_dhcp_drops_total');
      await sendDatagrams(splitHostPort(all.stack.vpp.dhcp.listen), mutations(discover(), 2000, 3));
      await waitFor('counted', async () => {
        return (await counted('subs-manager', 'bng_subs_dhcp_drops_total')) - before > 1500;
      });
      await expectServing();
    }, 60_000);

    it('damaged and forged CoA: silence, counted with its reason, and nothing changes', async () => {
      const { stack } = all;
      const { sessionId } = await sessionOf(all, 1);
      const content = await contentOf(all);
      const input = [attribute(attributes.acctSessionId, sessionId), attribute(attributes.sessionTimeout, 60)];
      const genuine = encodeRequest({
        code: Code.disconnectRequest,
        identifier: 1,
        secret: Buffer.from('not the secret'),
        attributes: input,
      });
      const before = await counted('aaa', 'bng_aaa_coa_discards_total');
      const replies = await counted('aaa', 'bng_aaa_coa_replies_total');
      await sendDatagrams(stack.coa, [genuine.bytes, ...mutations(genuine.bytes, 2000, 4)]);
      await waitFor('counted', async () => (await counted('aaa', 'bng_aaa_coa_discards_total')) - before > 1500);
      expect(await counted('aaa', 'bng_aaa_coa_replies_total')).toBe(replies);
      expect(await contentOf(all)).toEqual(content);
      expect(await setDownloadKbps(all, sessionId, 33_000)).toBe('CoA-ACK');
      await expectServing();
    }, 60_000);

    it.each<[string, string | Uint8Array]>([
      ['no YAML', '{{{{'],
      ['bytes', Buffer.from([0xff, 0xfe, 0, 1, 2, 3])],
      ['100 000 brackets', '['.repeat(100_000)],
      ['aliases that multiply', bomb],
      ['a type of its own', 'interfaces: !!js/function "x"'],
      ['a number', '7'],
      ['unknown keys', 'interfacez: {}\n__proto__: { polluted: 1 }'],
      ['a VLAN that is none', 'interfaces: { a: { hostInterface: { device: e }, subInterfaces: [{ vlan: 4095 }] } }'],
      ['65 MB', ' '.repeat(65 * 1024 * 1024)],
    ])(
      '%s as a configuration: refused, and the one before stays',
      async (_, body) => {
        const { ops } = all.stack.service('configd');
        const answer = await fetch(`${ops}/config/apply`, { method: 'POST', body });
        expect(answer.status).toBe(400);
        expect(await answer.json()).toMatchObject({ error: { code: 'invalid_argument' } });
        expect(await (await fetch(`${ops}/config`)).text()).toBe(all.stack.document);
        expect((await fetch(`${ops}/readyz`)).status).toBe(200);
      },
      60_000,
    );

    it('bytes at the ports for HTTP and gRPC', async () => {
      const hello = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
      for (const name of services) {
        const { ports } = all.stack.service(name);
        for (const port of [ports.ops, ports.grpc].filter((one) => one !== undefined))
          await Promise.all(
            [...mutations(hello, 24, port)].map((bytes) => sendStream({ host: '127.0.0.1', port }, bytes)),
          );
      }
      await expectServing();
    }, 60_000);

    it('an event that is none: dropped once, counted, and accounting goes on', async () => {
      const bus = new EventBus(all.stack.nats.url, 'test', silentLog(), [streams.sessions]);
      await bus.start(new AbortController().signal);
      await bus.publish({ id: 'hostile', subject: 'bng.session.up.0.x', payload: Buffer.from([0xff, 0xff, 1, 2]) });
      await bus.stop();
      const unreadable = /^bng_aaa_accounting_events_total\{[^}]*outcome="unreadable"[^}]*\} (\d+)/m;
      await waitFor('counted', async () => (await all.stack.metric('aaa', unreadable)) === 1);
      await expectServing();
      await waitFor('Starts', () => all.accounting.ids('Start').length === all.crew.leases().size, 40_000);
    }, 60_000);

    const onSim = lane.kind === 'sim' ? it : it.skip;
    onSim(
      "bytes at the simulator's API socket: only that connection goes",
      async () => {
        const greeting = frame(sockclntCreate.encode(fixedIds.sockclntCreate, 0, 0, { name: 'hostile' }));
        const { sim, apiSocket } = all.stack.vpp;
        const before = await sim?.control.status();
        for (let round = 0; round < 10; round++)
          await Promise.all([...mutations(greeting, 40, round)].map((bytes) => sendStream(apiSocket, bytes, 50)));
        expect((await sim?.control.status())?.pid).toBe(before?.pid);
        await expectServing();
      },
      60_000,
    );
  });
});
