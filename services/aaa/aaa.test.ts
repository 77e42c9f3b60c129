import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AaaServiceClient, AccessIdentity, AuthorizeResponse_Result } from '#gen/bng/v1/aaa.js';
import {
  type DisconnectSubscriberRequest,
  Session,
  SessionEvent,
  SessionEvent_Kind,
  type SubscriberCommand,
  type SubscriberCommandResult,
  SubscriberServiceService,
  TerminateCause,
  type UpdateSubscriberRequest,
} from '#gen/bng/v1/subs.js';
import { answerStream, ended } from '#lib/kernel/answer-stream.js';
import { BngError } from '#lib/kernel/errors.js';
import { EventBus, streams } from '#lib/kernel/jetstream.js';
import { StateHolder } from '#lib/kernel/lifecycle.js';
import { silentLog } from '#lib/kernel/log.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { RpcServer, unary } from '#lib/kernel/rpc-server.js';
import { temporaryFolder } from '../../test/harness/child.js';
import { type FreeRadius, startFreeRadius } from '../../test/harness/freeradius.js';
import { type NatsServer, startNats } from '../../test/harness/nats.js';
import { type PostgresServer, startPostgres } from '../../test/harness/postgres.js';
import { radclient } from '../../test/harness/radclient.js';
import { type ServiceProcess, startService } from '../../test/harness/service.js';
import { waitFor } from '../../test/harness/wait-for.js';

const folder = temporaryFolder('aaa');
const state = new StateHolder();
const updates: UpdateSubscriberRequest[] = [];
const disconnects: DisconnectSubscriberRequest[] = [];
let workOnUpdate: () => Promise<void> = async () => {};

/** A subs-manager that knows one session, `known`. */
const subsManager = new RpcServer('127.0.0.1:0', state, [
  {
    definition: SubscriberServiceService,
    handlers: {
      change: answerStream(() => carryOut, 100),
      list: unary(() => ({ sessions: [], nextPageToken: '', total: 0 })),
      get: unary(() => known('known')),
      watch: () => {},
      stats: unary(() => ({ sessionsByState: {}, pools: [], outboxPending: 0n, dhcpDrops: {} })),
    },
  },
]);
async function carryOut({ requestId, command }: SubscriberCommand): Promise<SubscriberCommandResult> {
  const { value, code, error } = await ended(async () => {
    if (command?.$case === 'update') {
      updates.push(command.value);
      await workOnUpdate();
    } else if (command?.$case === 'disconnect') disconnects.push(command.value);
    return known(command?.value.selector?.sessionId);
  });
  return { requestId, ok: value !== undefined, code, error };
}
function known(sessionId: string | undefined): Session {
  if (sessionId !== 'known') throw new BngError('not_found', 'no such session');
  return Session.fromPartial({ sessionId });
}

let nats: NatsServer;
let postgres: PostgresServer;
let radius: FreeRadius;
let aaa: ServiceProcess;
let bus: EventBus;
let client: AaaServiceClient;
const coaSecret = 'coa-secret';

const config = () => ({
  nats: nats.url,
  databaseUrl: postgres.url,
  subsManager: `127.0.0.1:${subsManager.port}`,
  nas: { identifier: 'bng1', ipAddress: '192.0.2.1' },
  password: 'causeway',
  auth: {
    servers: [{ name: 'main', host: '127.0.0.1', port: radius.authPort, secret: radius.secret }],
    initialMs: 200,
    maxMs: 400,
  },
  accounting: {
    servers: [{ name: 'main', host: '127.0.0.1', port: radius.acctPort, secret: radius.secret }],
    initialMs: 200,
    maxMs: 400,
  },
  coa: { listen: '127.0.0.1:0', clients: [{ name: 'billing', prefix: '127.0.0.0/8', secret: coaSecret }] },
});

async function startAaa(): Promise<void> {
  aaa = await startService('aaa', folder.path, config());
  await aaa.ready();
  client?.close();
  client = new AaaServiceClient(aaa.grpc, credentials.createInsecure());
}

beforeAll(async () => {
  [nats, postgres, radius] = await Promise.all([startNats(), startPostgres(), startFreeRadius()]);
  await subsManager.start();
  bus = new EventBus(nats.url, 'test', silentLog(), [streams.sessions]);
  await bus.start(new AbortController().signal);
  await startAaa();
}, 90_000);

afterAll(async () => {
  client?.close();
  await aaa?.stop();
  await bus?.stop();
  await subsManager.stop();
  await Promise.all([nats?.stop(), postgres?.stop(), radius?.stop()]);
  folder.remove();
}, 60_000);

const identity = (line: string) =>
  AccessIdentity.fromPartial({
    line: { name: line, parent: 'access', outerVlan: 100, innerVlan: 7, vrf: 'default' },
    mac: '02:00:00:00:00:07',
    circuitId: Buffer.from('olt1/3'),
  });
const authorize = (line: string) =>
  callUnary(client.authorize.bind(client), { sessionId: `auth-${line}`, identity: identity(line), group: '' });

async function publish(sessionId: string, sequence: number, kind: SessionEvent_Kind): Promise<void> {
  const event = SessionEvent.fromPartial({
    id: `${sessionId}-${sequence}`,
    kind,
    atMs: BigInt(Date.now()),
    sequence: BigInt(sequence),
    terminateCause: TerminateCause.IDLE_TIMEOUT,
    session: {
      sessionId,
      userName: 'access.100.7',
      ipv4: '100.64.0.7',
      startedMs: BigInt(Date.now() - 90_000),
      class: [Buffer.from('residential')],
      identity: identity('access.100.7'),
      counters: { inputOctets: 2n ** 33n + 10n, outputOctets: 20n, inputPackets: 1n, outputPackets: 2n },
    },
  });
  const subject = `bng.session.event.0.${sessionId}`;
  await bus.publish({ id: event.id, subject, payload: SessionEvent.encode(event).finish() });
}
const accounted = (sessionId: string) =>
  radius
    .detail()
    .filter((record) => record.get('Acct-Session-Id') === sessionId)
    .map((record) => record.get('Acct-Status-Type'));

describe('Authorize', () => {
  it('turns an Access-Accept into policy', async () => {
    const answer = await authorize('access.100.7');
    expect(answer).toMatchObject({
      result: AuthorizeResponse_Result.ACCEPT,
      userName: 'access.100.7',
      framedPool: 'residential',
      framedIpv4: '',
      policy: { downloadBps: 50_000_000n, uploadBps: 10_000_000n, interimIntervalS: 60, sessionTimeoutS: 86_400 },
      server: 'main',
    });
    expect(answer.class.map(String)).toEqual(['residential']);
    expect(answer.roundTripMs).toBeGreaterThan(0);
  });

  it.each([
    [
      'access.100.3999',
      { framedIpv4: '100.64.255.10', framedNetmask: '255.255.255.255', policy: { downloadBps: 100_000_000n } },
    ],
    ['access.300.1', { policy: { downloadBps: 30_000_000n, uploadBps: 5_000_000n } }],
    ['access.400.1', { policy: { downloadBps: 20_000_000n, uploadBps: 4_000_000n } }],
    ['access.100.4001', { result: AuthorizeResponse_Result.REJECT, replyMessage: 'this line is not in service' }],
  ])('%s', async (line, expected) => {
    expect(await authorize(line)).toMatchObject(expected);
  });

  it('refuses a call without identity, and lists the servers', async () => {
    const bare = callUnary(client.authorize.bind(client), { sessionId: 's', identity: undefined, group: '' });
    await expect(bare).rejects.toMatchObject({ code: 'invalid_argument' });
    const { servers } = await callUnary(client.servers.bind(client), {});
    expect(servers.map(({ role, state: now }) => `${role} ${now}`)).toEqual(['auth up', 'acct up']);
    expect(servers[0]?.requests).toBeGreaterThan(0n);
  });
});

describe('accounting', () => {
  it('tells FreeRADIUS the whole life of a session', async () => {
    await publish('life', 1, SessionEvent_Kind.UP);
    await publish('life', 2, SessionEvent_Kind.INTERIM);
    await publish('life', 3, SessionEvent_Kind.DOWN);
    await waitFor('three records', () => accounted('life').length === 3);
    expect(accounted('life')).toEqual(['Start', 'Interim-Update', 'Stop']);
    const stop = radius
      .detail()
      .find((r) => r.get('Acct-Session-Id') === 'life' && r.get('Acct-Status-Type') === 'Stop');
    expect(Object.fromEntries(stop ?? [])).toMatchObject({
      'User-Name': 'access.100.7',
      'NAS-Identifier': 'bng1',
      'Framed-IP-Address': '100.64.0.7',
      'Calling-Station-Id': '02:00:00:00:00:07',
      'Acct-Input-Gigawords': '2',
      'Acct-Input-Octets': '10',
      'Acct-Session-Time': '90',
      'Acct-Terminate-Cause': 'Idle-Timeout',
      'Causeway-Line-Id': 'access.100.7',
      Class: '0x7265736964656e7469616c',
    });
  });

  it('loses and doubles nothing over the death of FreeRADIUS and of aaa itself', async () => {
    const sessions = Array.from({ length: 20 }, (_, i) => `storm-${i}`);
    await Promise.all(sessions.map((id) => publish(id, 1, SessionEvent_Kind.UP)));
    await waitFor('the starts', () => sessions.every((id) => accounted(id).length === 1));
    radius.signal('SIGSTOP');
    await Promise.all(sessions.map((id) => publish(id, 2, SessionEvent_Kind.INTERIM)));
    await waitFor('events in hand', async () => /bng_aaa_accounting_pending\S* 20\n/.test(await metrics()));
    await aaa.kill();
    await Promise.all(sessions.map((id) => publish(id, 3, SessionEvent_Kind.DOWN)));
    await startAaa();
    radius.signal('SIGCONT');
    await waitFor('the stops', () => sessions.every((id) => accounted(id).includes('Stop')), 60_000);
    for (const id of sessions) {
      expect([...new Set(accounted(id))]).toEqual(['Start', 'Interim-Update', 'Stop']);
      expect(accounted(id).filter((status) => status === 'Start')).toHaveLength(1);
      expect(accounted(id).filter((status) => status === 'Stop')).toHaveLength(1);
    }
  }, 90_000);

  it('is UNAVAILABLE to Authorize while no server answers, and comes back', async () => {
    radius.signal('SIGSTOP');
    await expect(authorize('access.100.8')).rejects.toMatchObject({ code: 'unavailable' });
    const { servers } = await callUnary(client.servers.bind(client), {});
    expect(servers[0]).toMatchObject({ role: 'auth', state: 'dead' });
    radius.signal('SIGCONT');
    expect(await authorize('access.100.8')).toMatchObject({ result: AuthorizeResponse_Result.ACCEPT });
  }, 40_000);
});

async function metrics(): Promise<string> {
  return (await fetch(`${aaa.ops}/metrics`)).text();
}

describe('CoA and Disconnect', () => {
  const target = () => ({ host: '127.0.0.1', port: aaa.ports.coa ?? 0, secret: coaSecret });
  const session = 'Acct-Session-Id = "known"';

  it('acknowledges only after subs-manager has returned', async () => {
    let finish = () => {};
    const reached = new Promise<void>((resolve) => {
      workOnUpdate = () => {
        resolve();
        return new Promise((done) => {
          finish = done;
        });
      };
    });
    const answer = radclient(target(), 'coa', [session, 'Causeway-Download-Kbps = 8000']);
    await reached;
    const early = await Promise.race([answer.then(() => 'answered'), Promise.resolve('waiting')]);
    expect(early).toBe('waiting');
    finish();
    expect((await answer).code).toBe('CoA-ACK');
    expect(updates).toHaveLength(1);
    expect(updates[0]).toMatchObject({
      selector: { sessionId: 'known' },
      policy: { downloadBps: 8_000_000n },
      source: 'coa',
    });
    workOnUpdate = async () => {};
  }, 40_000);

  it.each([
    ['an unknown session', ['Acct-Session-Id = "other"', 'Idle-Timeout = 60'], 'Session-Context-Not-Found', 1],
    ['one bad attribute', [session, 'Idle-Timeout = 60', 'Causeway-Upload-Kbps = 0'], 'Invalid-Attribute-Value', 0],
    ['an unknown attribute', [session, 'Idle-Timeout = 60', 'Framed-MTU = 1400'], 'Unsupported-Attribute', 0],
    ['no key', ['Idle-Timeout = 60'], 'Missing-Attribute', 0],
    ['nothing to change', [session], 'Invalid-Request', 0],
    ['another NAS', [session, 'Idle-Timeout = 60', 'NAS-Identifier = "bng2"'], 'NAS-Identification-Mismatch', 0],
  ])('says no to %s', async (_, attributes, errorCause, calls) => {
    updates.length = 0;
    const answer = await radclient(target(), 'coa', attributes);
    expect(answer).toMatchObject({
      code: 'CoA-NAK',
      output: expect.stringContaining(`Error-Cause = ${errorCause}`),
    });
    expect(updates).toHaveLength(calls);
  });

  it('disconnects', async () => {
    const byMac = await radclient(target(), 'disconnect', [session, 'Calling-Station-Id = "02-00-00-00-00-07"']);
    expect(byMac.code).toBe('Disconnect-ACK');
    expect(disconnects[0]).toMatchObject({
      selector: { sessionId: 'known', mac: '02:00:00:00:00:07' },
      cause: TerminateCause.ADMIN_RESET,
    });
    const unknown = await radclient(target(), 'disconnect', ['User-Name = "nobody"']);
    expect(unknown).toMatchObject({
      code: 'Disconnect-NAK',
      output: expect.stringContaining('Error-Cause = Session-Context-Not-Found'),
    });
  });

  it('counts what it answered', async () => {
    expect(await metrics()).toMatch(/bng_aaa_coa_replies_total\{[^}]*code="CoA-NAK",error_cause="503"[^}]*\} 1\n/);
  });
});
