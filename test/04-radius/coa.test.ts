import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BngError, type ErrorCode, errorCodes } from '#lib/kernel/errors.js';
import { type AttributeInput, attribute } from '#lib/radius/attribute-row.js';
import { attributes } from '#lib/radius/attributes.js';
import { Code } from '#lib/radius/codes.js';
import { encodeRequest } from '#lib/radius/message.js';
import { decodePacket } from '#lib/radius/packet.js';
import { radclient } from '../harness/radclient.js';
import type { ServiceProcess } from '../harness/service.js';
import { waitFor } from '../harness/wait-for.js';
import { AaaRig } from './aaa-rig.js';

let rig: AaaRig;
let aaa: ServiceProcess;
const clients = [
  { name: 'billing', prefix: '127.0.0.0/8', secret: 'coa-secret' },
  { name: 'old', prefix: '127.0.0.2', secret: 'other', requireMessageAuthenticator: false },
];
beforeAll(async () => {
  rig = await AaaRig.start();
  aaa = await rig.startAaa('aaa', { coa: { listen: '127.0.0.1:0', clients, timeoutMs: 1500 } });
}, 90_000);
afterAll(() => rig?.stop(), 60_000);

const target = () => ({ host: '127.0.0.1', port: aaa.ports.coa ?? 0, secret: 'coa-secret' });
const change = ['Acct-Session-Id = "s1"', 'Causeway-Download-Kbps = 1000'];
const metrics = async () => (await fetch(`${aaa.ops}/metrics`)).text();

const names: Readonly<Record<number, string>> = {
  401: 'Unsupported-Attribute',
  402: 'Missing-Attribute',
  405: 'Unsupported-Service',
  407: 'Invalid-Attribute-Value',
  501: 'Administratively-Prohibited',
  503: 'Session-Context-Not-Found',
  504: 'Session-Context-Not-Removable',
  506: 'Resources-Unavailable',
  508: 'Multiple-Session-Selection-Unsupported',
};

describe('what subs-manager says becomes the Error-Cause', () => {
  it.each(Object.keys(errorCodes) as ErrorCode[])(
    '%s',
    async (code) => {
      rig.answer = () => Promise.reject(new BngError(code, 'no'));
      const answers = [
        await radclient(target(), 'coa', change),
        await radclient(target(), 'disconnect', ['Acct-Session-Id = "s1"']),
      ];
      rig.answer = async () => {};
      expect(answers.map((answer) => answer.code)).toEqual(['CoA-NAK', 'Disconnect-NAK']);
      for (const { output } of answers) expect(output).toContain(`Error-Cause = ${names[errorCodes[code].errorCause]}`);
    },
    60_000,
  );
});

/** Sends datagrams one after another from one port of `from` and gives what comes back. */
async function exchange(
  datagrams: readonly Buffer[],
  from = '127.0.0.1',
  expected = datagrams.length,
): Promise<Buffer[]> {
  const socket = createSocket('udp4');
  socket.bind(0, from);
  await once(socket, 'listening');
  const answers: Buffer[] = [];
  socket.on('message', (bytes) => answers.push(bytes));
  for (const [i, bytes] of datagrams.entries()) {
    await new Promise((sent) => socket.send(bytes, aaa.ports.coa ?? 0, '127.0.0.1', sent));
    await waitFor(`answer ${i}`, () => answers.length > i || i >= expected, 40_000);
  }
  socket.close();
  return answers;
}

const inputs = [attribute(attributes.acctSessionId, 's1'), attribute(attributes.idleTimeout, 60)];
const request = (more: AttributeInput[] = [], secret = 'coa-secret', messageAuthenticator = true) =>
  encodeRequest({
    code: Code.coaRequest,
    identifier: 7,
    secret: Buffer.from(secret),
    attributes: [...inputs, ...more],
    messageAuthenticator,
  }).bytes;
const nowS = () => Math.floor(Date.now() / 1000);

/** What the sessions named `s1` were told of refused requests since `from` of them had been told. */
const told = (from: number) =>
  waitFor('told', () => {
    const [first] = rig.refused.slice(from);
    return first && `${first.selector?.sessionId} ${first.outcome}: ${first.detail}`;
  });

describe('a request that aaa refuses by itself leaves a line with the session that it named', () => {
  it.each<[string, string[], 'coa' | 'disconnect', string]>([
    [
      'Service-Type',
      [...change, 'Service-Type = Framed-User'],
      'coa',
      's1 unsupported_service: coa: CoA-Request from billing: Service-Type',
    ],
    [
      'a key that is none',
      [...change, 'Calling-Station-Id = "x"'],
      'coa',
      's1 invalid_attribute_value: coa: CoA-Request from billing: Calling-Station-Id',
    ],
    [
      'a cause that is none',
      ['Acct-Session-Id = "s1"', 'Acct-Terminate-Cause = 99'],
      'disconnect',
      's1 invalid_attribute_value: coa: Disconnect-Request from billing: Acct-Terminate-Cause',
    ],
  ])(
    '%s',
    async (_, lines, kind, line) => {
      const from = rig.refused.length;
      expect((await radclient(target(), kind, lines)).code).toMatch(/NAK$/);
      expect(await told(from)).toBe(line);
    },
    40_000,
  );

  it('an Event-Timestamp of yesterday, which gets no answer', async () => {
    const from = rig.refused.length;
    await exchange([request([attribute(attributes.eventTimestamp, nowS() - 86_400)])], '127.0.0.1', 0);
    expect(await told(from)).toMatch(/^s1 stale_timestamp: coa: request from 127\.0\.0\.1:\d+: Event-Timestamp/);
  }, 40_000);

  it('but not when it named none, or its secret is wrong', async () => {
    const from = rig.refused.length;
    expect((await radclient(target(), 'coa', ['Causeway-Download-Kbps = 1000'])).code).toBe('CoA-NAK');
    await exchange([request([attribute(attributes.eventTimestamp, nowS() - 86_400)], 'guessed')], '127.0.0.1', 0);
    await radclient(target(), 'coa', [...change, 'Service-Type = Framed-User']);
    expect(await told(from)).toMatch(/^s1 unsupported_service/);
    expect(rig.refused).toHaveLength(from + 1);
  }, 60_000);
});

describe('on the wire', () => {
  it('answers a retransmission from the cache with the same bytes, and Proxy-State in order', async () => {
    rig.asked.length = 0;
    const states = ['one', 'two'].map((text) => attribute(attributes.proxyState, Buffer.from(text)));
    const bytes = request(states);
    const [first, second, third] = await exchange([bytes, bytes, bytes]);
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect(rig.asked).toHaveLength(1);
    const packet = decodePacket(first ?? Buffer.alloc(0));
    const proxied = packet.ok ? packet.value.attributes.filter(({ type }) => type === 33) : [];
    expect(proxied.map(({ value }) => value.toString())).toEqual(['one', 'two']);
    expect(await metrics()).toMatch(/bng_aaa_coa_repeats_total\S* 2\n/);
  }, 60_000);

  it.each<[string, () => Buffer, string, string]>([
    [
      'an old Event-Timestamp',
      () => request([attribute(attributes.eventTimestamp, nowS() - 301)]),
      '127.0.0.1',
      'stale-timestamp',
    ],
    [
      'one of the future',
      () => request([attribute(attributes.eventTimestamp, nowS() + 400)]),
      '127.0.0.1',
      'stale-timestamp',
    ],
    ['a wrong secret', () => request([], 'guessed'), '127.0.0.1', 'bad-authenticator'],
    ['no Message-Authenticator', () => request([], 'coa-secret', false), '127.0.0.1', 'missing-message-authenticator'],
    ["another client's secret", () => request([], 'coa-secret'), '127.0.0.2', 'bad-authenticator'],
  ])(
    'meets %s with silence',
    async (_, bytes, from, reason) => {
      rig.asked.length = 0;
      const count = new RegExp(`bng_aaa_coa_discards_total\\{[^}]*reason="${reason}"[^}]*\\} (\\d+)`);
      const before = Number(count.exec(await metrics())?.[1] ?? 0);
      expect(await exchange([bytes()], from, 0)).toEqual([]);
      await waitFor('counted', async () => Number(count.exec(await metrics())?.[1] ?? 0) === before + 1);
      expect(rig.asked).toEqual([]);
    },
    60_000,
  );

  it('serves a client of its own secret that may leave out Message-Authenticator', async () => {
    const [answer] = await exchange([request([], 'other', false)], '127.0.0.2');
    expect(answer?.[0]).toBe(Code.coaAck);
  }, 40_000);

  it('takes a current Event-Timestamp', async () => {
    const [answer] = await exchange([request([attribute(attributes.eventTimestamp, nowS())])]);
    expect(answer?.[0]).toBe(Code.coaAck);
  }, 40_000);
});
