import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LineEvent, SessionCommand, SessionResult } from '#gen/bng/v1/configd.js';
import { callUnary, readStream } from '#lib/kernel/rpc-client.js';
import { DataplaneView } from '../harness/dataplane-view.js';
import { waitFor } from '../harness/wait-for.js';
import { bundle, documentOf, Rig } from './rig.js';

type Command = SessionCommand['command'];

describe('sessions', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
    await rig.ready();
    await rig.apply(documentOf(40));
  }, 60_000);
  afterAll(() => rig?.stop());

  const applySession = (session = bundle(1)) => callUnary(rig.grpc.applySession.bind(rig.grpc), { session });
  const removeSession = (sessionId: string) => callUnary(rig.grpc.removeSession.bind(rig.grpc), { sessionId });
  const listed = async (owner = '') => {
    const ids: string[] = [];
    for await (const session of readStream(rig.grpc.listSessions({ owner }))) ids.push(session.sessionId);
    return ids.sort();
  };
  const look = async <T>(read: (view: DataplaneView) => Promise<T>): Promise<T> => {
    const view = await DataplaneView.open(rig.sim.apiSocket);
    return read(view).finally(() => view.close());
  };
  const everything = () =>
    look(async (view) => ({
      policers: [...(await view.policerKbps())].sort(),
      routes: await view.hostRoutes(),
      neighbours: [...(await view.neighbours())].sort(),
      strict: (await view.strictInterfaces()).size,
    }));

  /** Sends all commands on one stream and returns the results in the order of their request ids. */
  const stream = (commands: Command[]) =>
    new Promise<SessionResult[]>((resolve, reject) => {
      const results: SessionResult[] = [];
      const call = rig.grpc.applySessions();
      call.on('data', (result: SessionResult) => results.push(result));
      call.on('error', reject);
      call.on('end', () => resolve(results.sort((a, b) => Number(a.requestId - b.requestId))));
      for (const [index, command] of commands.entries()) call.write({ requestId: BigInt(index + 1), command });
      call.end();
    });

  it('are in VPP when the answer comes', async () => {
    expect(await applySession()).toMatchObject({ sessionId: 's1', ok: true });
    expect(await everything()).toMatchObject({
      policers: [
        ['cw:session.s1.down', 50_000],
        ['cw:session.s1.up', 10_000],
      ],
      routes: ['100.64.1.1/32'],
      neighbours: expect.arrayContaining([['100.64.1.1', '02:00:00:00:00:01']]),
      strict: 1,
    });
  });

  it('change in place', async () => {
    const policy = { downloadBps: 80_000_000n, uploadBps: 10_000_000n, aclIn: 'web-only' };
    await applySession(bundle(1, { policy }));
    expect(await everything()).toMatchObject({
      policers: [
        ['cw:session.s1.down', 80_000],
        ['cw:session.s1.up', 10_000],
      ],
    });
  });

  it.each([
    ['an unknown line', { line: 'access.100.99' }, 'not_found', /no line access\.100\.99/],
    ['an unknown ACL', { policy: { aclIn: 'wbe' } }, 'invalid_argument', /no ACL wbe/],
    ['no id', { sessionId: '' }, 'invalid_argument', /session_id is empty/],
    ['no MAC', { mac: 'x' }, 'invalid_argument', /not a MAC/],
    ['a rate of 0', { policy: { downloadBps: 0n } }, 'invalid_argument', /rate/],
    ['a line in use by another', { sessionId: 'other', ipv4: '100.64.1.77' }, 'conflict', /wanted differently/],
  ])('with %s are refused, and nothing changes', async (_name, change, code, message) => {
    const before = await everything();
    const refusal = await applySession(bundle(1, change)).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await everything()).toEqual(before);
  });

  it('keep their earlier state when VPP refuses a step', async () => {
    const before = await everything();
    await rig.sim.control.fault({ kind: 'fail', retval: -12 }, { message: 'ip_route_add_del' });
    await expect(applySession(bundle(1, { ipv4: '100.64.1.200' }))).rejects.toMatchObject({ code: 'dataplane' });
    expect(await everything()).toEqual(before);
  });

  it('come and go by stream, one result for each command', async () => {
    const applies = Array.from({ length: 30 }, (_, i): Command => ({ $case: 'apply', value: bundle(i + 2) }));
    const bad: Command = { $case: 'apply', value: bundle(99, { line: 'nowhere' }) };
    const results = await stream([
      ...applies,
      bad,
      { $case: 'remove', value: 's31' },
      { $case: 'remove', value: 'unknown' },
    ]);
    expect(results.map(({ ok }) => ok)).toEqual([...Array(30).fill(true), false, true, true]);
    expect(results[30]).toMatchObject({ sessionId: 's99', code: 'not_found' });
    expect(await listed()).toHaveLength(30);
    expect((await everything()).routes).toHaveLength(30);
  });

  it('that a stream did not apply are pruned, of that owner only', async () => {
    await applySession(bundle(35, { owner: 'business' }));
    const results = await stream([
      { $case: 'apply', value: bundle(1) },
      { $case: 'apply', value: bundle(2) },
      { $case: 'pruneOwner', value: 'residential' },
    ]);
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(await listed()).toEqual(['s1', 's2', 's35']);
    expect(await listed('business')).toEqual(['s35']);
  });

  it('go away for good, also twice', async () => {
    await removeSession('s35');
    await removeSession('s35');
    expect(await listed()).toEqual(['s1', 's2']);
    expect((await everything()).routes).toEqual(['100.64.1.1/32', '100.64.1.2/32']);
  });

  it('are counted by their line', async () => {
    const index = await look(
      async (view) => (await view.interfaces()).find(({ tag }) => tag.endsWith('access.100.1'))?.sw_if_index ?? -1,
    );
    await rig.sim.control.setCounters(index, { rx: { packets: 7, bytes: 700 }, tx: { packets: 9, bytes: 9000 } });
    const counters = await waitFor('counters', async () => {
      const answer = await callUnary(rig.grpc.sessionCounters.bind(rig.grpc), { sessionIds: ['s1', 'nobody'] });
      return answer.sessions[0]?.counters?.inputPackets === 7n && answer;
    });
    expect(counters).toEqual({
      generation: 1n,
      sessions: [
        {
          sessionId: 's1',
          counters: {
            inputOctets: 700n,
            outputOctets: 9000n,
            inputPackets: 7n,
            outputPackets: 9n,
            inputPacketsIp4: 0n,
            inputPacketsIp6: 0n,
          },
        },
      ],
    });
  });

  it('survive SIGKILL of configd without a message to VPP', async () => {
    const [before, sent] = [await everything(), await rig.changesSent()];
    await rig.restartConfigd('SIGKILL');
    await rig.ready();
    expect(await listed()).toEqual(['s1', 's2']);
    expect(await everything()).toEqual(before);
    const again = await rig.changesSent();
    expect(Object.keys(again).filter((name) => !name.startsWith('policer_') && again[name] !== sent[name])).toEqual([]);
  }, 60_000);

  it('are back after VPP lost everything, and watchers of lines get a new snapshot', async () => {
    const before = await everything();
    const events: LineEvent[] = [];
    const watch = rig.grpc.watchLines({ owner: '', holder: '' });
    watch.on('data', (event: LineEvent) => events.push(event)).on('error', () => {});
    const snapshots = () => events.filter(({ event }) => event?.$case === 'snapshotDone');
    await waitFor('first snapshot', () => snapshots().length === 1);
    await rig.sim.control.restart();
    await waitFor('second snapshot', () => snapshots().length >= 2 && snapshots().at(-1)?.generation === 2n);
    await rig.ready();
    watch.cancel();
    expect(await everything()).toEqual(before);
    const lines = events.flatMap(({ generation, event }) =>
      event?.$case === 'upsert' && generation === 2n ? [event.value] : [],
    );
    expect(lines.slice(-40).find(({ name }) => name === 'access.100.7')).toMatchObject({
      parent: 'access',
      outerVlan: 100,
      innerVlan: 7,
      vrf: 'default',
      gateways: ['100.64.0.1'],
    });
    const status = await callUnary(rig.grpc.status.bind(rig.grpc), {});
    expect(status).toMatchObject({
      state: 'ready',
      vppState: 'ready',
      generation: 2n,
      sessions: 2,
      storeAvailable: true,
    });
  }, 60_000);

  it('end with their line, and the plan says how many', async () => {
    const dry = await rig.apply(documentOf(1), '?dryRun');
    expect(dry.json.sessionsAffected).toBe(1);
    expect((await rig.apply(documentOf(1), '?allowSessionLoss')).json.sessionsAffected).toBe(1);
    expect(await listed()).toEqual(['s1']);
    expect((await everything()).routes).toEqual(['100.64.1.1/32']);
  });

  it('are refused at once while VPP is away, and are back with it', async () => {
    await rig.sim.kill();
    await waitFor('VPP is missed', async () => (await rig.http('GET', '/readyz')).status === 503);
    await expect(applySession(bundle(1))).rejects.toMatchObject({ code: 'unavailable' });
    await rig.replaceVpp();
    await rig.ready();
    expect((await everything()).routes).toEqual(['100.64.1.1/32']);
  });
});
