import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type FreeRadius, startFreeRadius } from '../../test/harness/freeradius.js';
import { radclient } from '../../test/harness/radclient.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { attribute, attributeRow } from './attribute-row.js';
import { AcctStatusType, AcctTerminateCause, attributes } from './attributes.js';
import { type Outcome, RadiusClient } from './client.js';
import { Code } from './codes.js';
import { RadiusListener } from './listener.js';
import { integer64 } from './value-codec.js';
import { causewayAttributes } from './vendors/causeway.js';
import { mikrotik } from './vendors/mikrotik.js';
import { wispr } from './vendors/wispr.js';

const causeway = causewayAttributes();
const wideCounter = attributeRow('Wide-Counter', 200, integer64, { vendor: 32473 });
let server: FreeRadius;
let auth: RadiusClient;
let acct: RadiusClient;

beforeAll(async () => {
  server = await startFreeRadius({
    dictionary: 'BEGIN-VENDOR Causeway\nATTRIBUTE Wide-Counter 200 integer64\nEND-VENDOR Causeway',
  });
  const at = (port: number) => ({
    servers: [{ name: 'freeradius', host: server.listen, port, secret: Buffer.from(server.secret) }],
  });
  auth = new RadiusClient(at(server.authPort));
  acct = new RadiusClient(at(server.acctPort));
  await Promise.all([auth.start(), acct.start()]);
}, 40_000);
afterAll(async () => {
  await auth?.stop();
  await acct?.stop();
  await server?.stop();
});

const ask = (userName: string, password = 'causeway'): Promise<Outcome> =>
  auth.exchange(Code.accessRequest, [
    attribute(attributes.userName, userName),
    attribute(attributes.userPassword, password),
    attribute(attributes.nasIdentifier, 'bng1'),
  ]);

describe('against FreeRADIUS', () => {
  it('reads the sample subscribers, signed', async () => {
    const outcome = await ask('access.100.7');
    expect(outcome.kind).toBe('accept');
    const list = outcome.kind === 'accept' ? outcome.attributes : undefined;
    expect(list?.value(causeway.downloadKbps)).toBe(50_000);
    expect(list?.value(causeway.uploadKbps)).toBe(10_000);
    expect(list?.value(attributes.framedPool)).toBe('residential');
    expect(list?.value(attributes.class)).toEqual(Buffer.from('residential'));
    expect(list?.value(attributes.acctInterimInterval)).toBe(60);
    expect(list?.value(attributes.sessionTimeout)).toBe(86_400);
    expect(list?.has(attributes.messageAuthenticator)).toBe(true);
  });

  it('reads the vendors and the fixed address', async () => {
    const [wisprUser, mikrotikUser, fixed] = await Promise.all(
      ['access.300.1', 'access.400.1', 'access.100.3999'].map((u) => ask(u)),
    );
    expect(wisprUser?.kind === 'accept' && wisprUser.attributes.value(wispr.bandwidthMaxDownBps)).toBe(30_000_000);
    expect(mikrotikUser?.kind === 'accept' && mikrotikUser.attributes.value(mikrotik.rateLimit)).toBe('4M/20M');
    expect(fixed?.kind === 'accept' && fixed.attributes.value(attributes.framedIpAddress)).toBe('100.64.255.10');
  });

  it.each([
    ['a line out of service', 'access.100.4001', 'causeway'],
    ['a wrong password', 'access.100.7', 'nonsense'],
  ])('is rejected for %s', async (_, user, password) => {
    expect((await ask(user, password)).kind).toBe('reject');
  });

  it('accounts, and FreeRADIUS writes what was meant', async () => {
    const outcome = await acct.exchange(Code.accountingRequest, [
      attribute(attributes.acctStatusType, AcctStatusType.stop),
      attribute(attributes.acctSessionId, 'codec-test'),
      attribute(attributes.userName, 'access.100.7'),
      attribute(attributes.framedIpAddress, '100.64.0.7'),
      attribute(attributes.delegatedIpv6Prefix, '2001:db8:0:aa00::/56'),
      attribute(attributes.framedIpv6Address, '2001:db8::7'),
      attribute(attributes.acctInputGigawords, 3),
      attribute(attributes.acctInputOctets, 0xfffffffe),
      attribute(attributes.acctTerminateCause, AcctTerminateCause.sessionTimeout),
      attribute(wideCounter, 0x3_ffff_fffen),
      attribute(causeway.vrf, 'customers'),
    ]);
    expect(outcome.kind).toBe('acknowledged');
    const record = await waitFor('detail', () =>
      server.detail().find((r) => r.get('Acct-Session-Id') === 'codec-test'),
    );
    expect(Object.fromEntries(record)).toMatchObject({
      'Acct-Status-Type': 'Stop',
      'User-Name': 'access.100.7',
      'Framed-IP-Address': '100.64.0.7',
      'Delegated-IPv6-Prefix': '2001:db8:0:aa00::/56',
      'Framed-IPv6-Address': '2001:db8::7',
      'Acct-Input-Gigawords': '3',
      'Acct-Input-Octets': '4294967294',
      'Acct-Terminate-Cause': 'Session-Timeout',
      'Wide-Counter': '17179869182',
      'Causeway-VRF': 'customers',
    });
  });

  it('answers radclient, signed both ways, with our dictionary', async () => {
    const listener = new RadiusListener({
      address: '127.0.0.1',
      port: 0,
      clients: [{ name: 'radclient', prefix: '127.0.0.1', secret: Buffer.from('s') }],
      codes: [Code.coaRequest, Code.disconnectRequest],
      handle: async ({ attributes: received, packet }) => ({
        code: packet.code === Code.coaRequest ? Code.coaAck : Code.disconnectNak,
        attributes: [
          attribute(
            attributes.replyMessage,
            `${received.value(attributes.userName)} ${received.value(causeway.downloadKbps)}`,
          ),
        ],
      }),
    });
    await listener.start();
    const target = { host: '127.0.0.1', port: listener.port, secret: 's' };
    const lines = ['User-Name = "access.100.7"', `Event-Timestamp = ${Math.floor(Date.now() / 1000)}`];
    const coa = await radclient(target, 'coa', [...lines, 'Causeway-Download-Kbps = 1000']);
    const disconnect = await radclient(target, 'disconnect', lines);
    await listener.stop();
    expect(coa).toMatchObject({
      code: 'CoA-ACK',
      output: expect.stringContaining('Reply-Message = "access.100.7 1000"'),
    });
    expect(disconnect.code).toBe('Disconnect-NAK');
  }, 40_000);
});
