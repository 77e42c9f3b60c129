import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mutations } from '#lib/net/mutate.testkit.js';
import { Authority } from '../../test/harness/certificates.js';
import { temporaryFolder } from '../../test/harness/child.js';
import { freePort } from '../../test/harness/free-port.js';
import { type FreeRadius, type FreeRadiusOptions, startFreeRadius } from '../../test/harness/freeradius.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { attribute } from './attribute-row.js';
import { AcctStatusType, attributes } from './attributes.js';
import { RadiusClient } from './client.js';
import { Code } from './codes.js';
import { splitStream, type TlsOptions } from './tls-connection.js';

const folder = temporaryFolder('radsec');
const authority = new Authority(folder.path, 'authority');
const stranger = new Authority(folder.path, 'stranger');
const pem = ({ ca, cert, key }: ReturnType<Authority['issue']>): TlsOptions => ({
  ca: readFileSync(ca ?? '', 'utf8'),
  cert: readFileSync(cert, 'utf8'),
  key: readFileSync(key, 'utf8'),
});
const ours = pem(authority.issue('aaa'));
let radsec: NonNullable<FreeRadiusOptions['radsec']>;
let server: FreeRadius;
const errors: string[] = [];

function client(tls: TlsOptions = ours, connections = 8, initialMs = 1000): RadiusClient {
  const secret = Buffer.from('radsec');
  return new RadiusClient({
    servers: [{ name: 'f', host: '127.0.0.1', port: radsec.port, secret, tls }],
    timing: { initialMs, maxMs: 2 * initialMs, transmissions: 3 },
    sourcePorts: connections,
    observer: { socketError: (error) => errors.push(error.message) },
  });
}
const user = [attribute(attributes.userName, 'access.100.7'), attribute(attributes.userPassword, 'causeway')];
const record = (id: string) => [
  attribute(attributes.acctStatusType, AcctStatusType.start),
  attribute(attributes.acctSessionId, id),
];

beforeAll(async () => {
  const { ca = '', cert, key } = authority.issue('freeradius');
  radsec = { port: await freePort(), ca, cert, key };
  server = await startFreeRadius({ radsec, directory: folder.path });
}, 60_000);
afterAll(async () => {
  await server?.stop();
  folder.remove();
});

describe('RADIUS over TLS with FreeRADIUS', () => {
  it('authenticates and accounts, many at once over eight connections', async () => {
    const tls = client();
    await tls.start();
    const accepts = await Promise.all(Array.from({ length: 600 }, () => tls.exchange(Code.accessRequest, user)));
    expect(accepts.filter(({ kind }) => kind !== 'accept').length).toBe(0);
    const acct = Array.from({ length: 100 }, (_, i) => tls.exchange(Code.accountingRequest, record(`tls-${i}`)));
    expect(new Set((await Promise.all(acct)).map(({ kind }) => kind))).toEqual(new Set(['acknowledged']));
    const detail = server.detail().map((one) => one.get('Acct-Session-Id'));
    expect(detail.filter((id) => id?.startsWith('tls-'))).toHaveLength(100);
    expect(tls.outstanding).toBe(0);
    await tls.stop();
  }, 60_000);

  it('asks again on a new connection when the server went away and came back', async () => {
    const tls = client(ours, 8, 10_000);
    await tls.start();
    expect(await tls.exchange(Code.accessRequest, user)).toMatchObject({ kind: 'accept' });
    const { authPort, acctPort } = server;
    await server.stop();
    const waiting = tls.exchange(Code.accessRequest, user);
    server = await startFreeRadius({ radsec, directory: folder.path, authPort, acctPort });
    expect(await waiting).toMatchObject({ kind: 'accept' });
    await tls.stop();
  }, 60_000);

  it.each<[string, () => TlsOptions, RegExp]>([
    ['a server of another authority', () => ({ ...ours, ca: pem(stranger.issue('x')).ca }), /certificate/],
    ['a server of another name', () => ({ ...ours, serverName: 'radius.example' }), /radius\.example/],
  ])(
    'refuses %s',
    async (_, tls, message) => {
      errors.length = 0;
      const refusing = client(tls(), 1);
      await refusing.start();
      const asked = refusing.exchange(Code.accessRequest, user);
      await waitFor('the refusal', () => errors.some((text) => message.test(text)));
      await refusing.stop();
      expect(await asked).toEqual({ kind: 'cancelled' });
    },
    60_000,
  );

  it('gets nothing with a certificate that the server does not know', async () => {
    const { cert, key } = pem(stranger.issue('intruder'));
    const intruder = client({ ...ours, cert, key }, 1);
    await intruder.start();
    const before = server.detail().length;
    expect((await intruder.exchange(Code.accountingRequest, record('intruder'))).kind).toBe('timeout');
    expect(server.detail()).toHaveLength(before);
    await intruder.stop();
  }, 60_000);
});

describe('splitStream', () => {
  const packet = Buffer.from('0101001400000000000000000000000000000000', 'hex');

  it('takes whole packets and keeps the rest', () => {
    const stream = Buffer.concat([packet, packet, packet.subarray(0, 7)]);
    expect(splitStream(stream)).toEqual({ packets: [packet, packet], rest: packet.subarray(0, 7) });
    expect(splitStream(Buffer.from([1, 1, 0, 19]))).toEqual({ packets: [], rest: undefined });
  });

  it('bears 1,000,000 damaged streams', () => {
    const sample = Buffer.concat([packet, packet]);
    const wrong: string[] = [];
    for (const bytes of mutations(sample, 1_000_000)) {
      const stream = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const { packets, rest } = splitStream(stream);
      const taken = packets.reduce((sum, { length }) => sum + length, 0);
      if (rest && taken + rest.length !== stream.length) wrong.push(stream.toString('hex'));
    }
    expect(wrong).toEqual([]);
  }, 180_000);
});
