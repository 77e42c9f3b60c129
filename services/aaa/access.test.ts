import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AaaServiceClient, AccessIdentity, AuthorizeResponse_Result } from '#gen/bng/v1/aaa.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { temporaryFolder } from '../../test/harness/child.js';
import { type FreeRadius, startFreeRadius } from '../../test/harness/freeradius.js';
import { type NatsServer, startNats } from '../../test/harness/nats.js';
import { type PostgresServer, startPostgres } from '../../test/harness/postgres.js';
import { type ServiceProcess, startService } from '../../test/harness/service.js';

const ACCEPT = AuthorizeResponse_Result.ACCEPT;
const users = `
DEFAULT Cleartext-Password := "causeway"
	Reply-Message := "chap=%{CHAP-Challenge} port=%{NAS-Port} called=%{Called-Station-Id} up=%{Actual-Data-Rate-Upstream} down=%{Actual-Data-Rate-Downstream} delay=%{Actual-Interleaving-Delay-Upstream} loop=%{Access-Loop-Encapsulation} agent=%{Causeway-Relay-Agent} circuit=%{ADSL-Agent-Circuit-Id}",
	Causeway-Download-Kbps := 50000,
	Framed-Pool := "homes",
	Framed-IP-Netmask := 255.255.255.240,
	Delegated-IPv6-Prefix-Pool := "homes6",
	Class := 0x686f6d65
`;
/** Option 82: circuit-id, and TR-101 line data of the DSL Forum in kbit/s and milliseconds. */
const relayAgent = Buffer.from(
  '01066f6c74312f33' + // olt1/3
    '091b' +
    '00000de916' + // enterprise 3561, 22 bytes
    '810400000fa0' + // 4,000 kbit/s up
    '8204000186a0' + // 100,000 kbit/s down
    '8c0400000005' + // 5 ms
    '9002' + // too short for an encapsulation
    '0002',
  'hex',
);

const folder = temporaryFolder('aaa-access');
let nats: NatsServer;
let postgres: PostgresServer;
let radius: FreeRadius;
let aaa: ServiceProcess;
let client: AaaServiceClient;

const config = (authMethod: string) => ({
  nats: nats.url,
  databaseUrl: postgres.url,
  subsManager: '127.0.0.1:9',
  nas: { identifier: 'bng1', calledStationId: '{interface}:{vrf}' },
  password: 'causeway',
  authMethod,
  auth: {
    servers: [{ name: 'main', host: '127.0.0.1', port: radius.authPort, secret: radius.secret }],
    initialMs: 150,
    maxMs: 300,
    transmissions: 2,
    probeMs: 200,
  },
  fallback: {
    groups: {
      profiled: { mode: 'allow', profile: 'walled' },
      remembered: { mode: 'cached' },
      both: { mode: 'cached', profile: 'walled' },
      brief: { mode: 'cached', maxAgeS: 0.001 },
    },
  },
  accounting: { servers: [{ name: 'main', host: '127.0.0.1', port: radius.acctPort, secret: radius.secret }] },
  coa: { listen: '127.0.0.1:0' },
});

async function startAaa(authMethod: string): Promise<void> {
  client?.close();
  await aaa?.stop();
  aaa = await startService('aaa', folder.path, config(authMethod));
  await aaa.ready();
  client = new AaaServiceClient(aaa.grpc, credentials.createInsecure());
}

beforeAll(async () => {
  [nats, postgres, radius] = await Promise.all([startNats(), startPostgres(), startFreeRadius({ users })]);
  await startAaa('chap');
}, 90_000);
afterAll(async () => {
  client?.close();
  await aaa?.stop();
  await Promise.all([nats?.stop(), postgres?.stop(), radius?.stop()]);
  folder.remove();
}, 60_000);

const authorize = (line: string, group: string) =>
  callUnary(client.authorize.bind(client), {
    sessionId: `s-${line}`,
    group,
    identity: AccessIdentity.fromPartial({
      line: { name: line, parent: 'access', outerVlan: 100, innerVlan: 7, vrf: 'default' },
      mac: '02:00:00:00:00:07',
      circuitId: Buffer.from('olt1/3'),
      relayAgent,
    }),
  });

describe('an Access-Request', () => {
  it('proves the password by CHAP and tells all of the line', async () => {
    const { result, replyMessage } = await authorize('access.100.7', 'plain');
    expect(result).toBe(ACCEPT);
    expect(replyMessage).toMatch(/^chap=0x[0-9a-f]{32} /);
    expect(replyMessage.replace(/^\S+ /, '')).toBe(
      `port=409607 called=access:default up=4000000 down=100000000 delay=5 loop= agent=0x${relayAgent.toString('hex')} circuit=0x6f6c74312f33`,
    );
  }, 40_000);
});

describe('while no server answers', () => {
  it('a group gets what it falls back to, over a restart too, and RADIUS decides again afterwards', async () => {
    for (const group of ['remembered', 'both', 'brief']) await authorize(`known-${group}`, group);
    await startAaa('pap');
    radius.signal('SIGSTOP');
    expect(await authorize('new', 'profiled')).toMatchObject({
      result: ACCEPT,
      fallback: 'profile',
      userName: 'new',
      server: '',
      policy: { profile: 'walled' },
    });
    expect(await authorize('known-remembered', 'remembered')).toMatchObject({
      result: ACCEPT,
      fallback: 'cached',
      framedPool: 'homes',
      framedNetmask: '255.255.255.240',
      policy: { downloadBps: 50_000_000n },
      ipv6: { delegatedPool: 'homes6' },
      class: [Buffer.from('home')],
    });
    expect(await authorize('known-both', 'both')).toMatchObject({ fallback: 'cached' });
    expect(await authorize('new', 'both')).toMatchObject({ fallback: 'profile' });
    for (const [line, group] of [
      ['new', 'remembered'],
      ['known-brief', 'brief'],
      ['known-remembered', 'plain'],
    ] as const)
      await expect(authorize(line, group)).rejects.toMatchObject({ code: 'unavailable' });
    const page = await (await fetch(`${aaa.ops}/metrics`)).text();
    expect(page).toMatch(/bng_aaa_authorizations_total\{[^}]*outcome="cached"[^}]*\} 2\n/);
    expect(page).toMatch(/bng_aaa_authorizations_total\{[^}]*outcome="profile"[^}]*\} 2\n/);
    radius.signal('SIGCONT');
    expect(await authorize('known-remembered', 'plain')).toMatchObject({
      result: ACCEPT,
      fallback: '',
      server: 'main',
    });
  }, 60_000);
});
