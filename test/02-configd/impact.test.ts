import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PlanRequest, type PlanResponse } from '#gen/bng/v1/configd.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { bundle, documentOf, Rig } from './rig.js';

/** Sessions on lines 1 to 3 of 3; each test says what a change would do to them. */
describe('what a change would do', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
    await rig.ready();
    await rig.apply(documentOf(3));
    const policy = { downloadBps: 50_000_000n, aclIn: 'web-only' };
    await callUnary(rig.grpc.applySession.bind(rig.grpc), { session: bundle(1) });
    await callUnary(rig.grpc.applySession.bind(rig.grpc), { session: bundle(2) });
    await callUnary(rig.grpc.applySession.bind(rig.grpc), { session: bundle(3, { policy }) });
  }, 60_000);
  afterAll(() => rig?.stop());

  const plan = (yaml: string, messages = false): Promise<PlanResponse> =>
    callUnary(rig.grpc.plan.bind(rig.grpc), PlanRequest.fromPartial({ yaml, messages }));
  const impactOf = async (yaml: string) => {
    const { impact } = await plan(yaml);
    return { dropped: impact?.droppedSessions, reprogrammed: impact?.reprogrammed, touched: impact?.touched };
  };
  const calm = { dropped: [], reprogrammed: 0, touched: 0 };
  const change = (from: string, to: string) => documentOf(3).replace(from, to);

  it.each([
    ['more lines', documentOf(5), calm],
    ['fewer lines', documentOf(1), { ...calm, dropped: ['s2', 's3'] }],
    ['another rule', change('port 80', 'port 443'), { ...calm, touched: 1 }],
    [
      'the port down',
      change('{ device: veth-access }', '{ device: veth-access }\n    enabled: false'),
      {
        ...calm,
        dropped: ['s1', 's2', 's3'],
      },
    ],
    [
      'another MTU of the port',
      change('{ device: veth-access }', '{ device: veth-access }\n    mtu: 1600'),
      {
        ...calm,
        touched: 3,
      },
    ],
    ['another device under the lines', change('veth-access', 'veth-other'), { ...calm, reprogrammed: 3 }],
    [
      'a VRF for the lines',
      change('unnumbered: gw', 'unnumbered: gw, vrf: blue')
        .replace('loopback: {}', 'loopback: {}, vrf: blue')
        .concat('vrfs: { blue: { table: 10 } }\n'),
      calm,
    ],
  ])('%s', async (_name, yaml, impact) => {
    expect(await impactOf(yaml)).toEqual(impact);
  });

  it('is told in the words of operators, like changes in one line', async () => {
    const { lines } = await plan(documentOf(5).replace('0.0.0.0/0', '10.0.0.0/8').replace('port 80', 'port 443'));
    expect(lines.map(({ count, text }) => `${count} ${text}`)).toEqual([
      '1 route 0.0.0.0/0',
      '1 route 10.0.0.0/8: paths via 10.255.0.2 interface core weight 1',
      '2 2 x sub-interface access.100.4-5',
      '2 2 x borrowed address of access.100.4-5: donor gw',
      '1 ACL web-only: rules "permit tcp any any port 80" -> "permit tcp any any port 443"',
    ]);
  });

  it('is refused when it drops sessions, with their number, unless that is allowed', async () => {
    const before = await rig.changesSent();
    expect(await rig.apply(documentOf(1))).toMatchObject({
      status: 409,
      json: {
        error: {
          code: 'failed_precondition',
          message: expect.stringContaining('this drops 2 sessions (s2, s3); nothing was changed'),
          details: { sessionsDropped: 2 },
        },
      },
    });
    expect(await rig.changesSent()).toEqual(before);
    expect((await rig.apply(documentOf(1), '?dryRun')).json.impact.dropped).toEqual(['s2', 's3']);
    expect((await rig.apply(documentOf(2), '?allowSessionLoss=true')).json.impact.dropped).toEqual(['s3']);
    const status = await callUnary(rig.grpc.status.bind(rig.grpc), {});
    expect(status.sessions).toBe(2);
  });

  it('is known message by message before it is sent', async () => {
    const next = `${documentOf(7).replace('port 80', 'port 443')}vrfs: { blue: { table: 10 } }
policers: { gold: { cirBps: 1G } }
`;
    const { messages, messagesNote } = await plan(next, true);
    const before = await rig.changesSent();
    await rig.apply(next);
    const after = await rig.changesSent();
    const sent = Object.entries(after)
      .map(([name, count]) => ({ name, count: count - (before[name] ?? 0) }))
      .filter(({ count }) => count > 0);
    expect(messagesNote).toBe('');
    expect(messages.map(({ name, count }) => ({ name, count }))).toEqual(
      sent.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)),
    );
    const policer = messages.find(({ name }) => name === 'policer_add');
    expect(JSON.parse(policer?.examples[0] ?? '')).toMatchObject({ name: 'cw:gold', infos: { cir: 1_000_000 } });
  });

  it('is refused when it loses sessions of NAT, with what is lost, unless that is allowed', async () => {
    const withNat = (sessions: number, pool: string) => `${documentOf(2)}nat44Ed:
  sessions: ${sessions}
  pools: [{ addresses: ${pool} }]
`;
    expect((await rig.apply(withNat(4000, '203.0.113.1'))).status).toBe(200);
    const before = await rig.changesSent();
    const refusals = [
      [withNat(5000, '203.0.113.1'), 'NAT44-ED is made anew: all its sessions are lost'],
      [withNat(4000, '203.0.113.2'), 'sessions through NAT pools are lost: any/203.0.113.1-203.0.113.1'],
      [documentOf(2), 'NAT44-ED goes: all its sessions are lost'],
    ] as const;
    for (const [yaml, lost] of refusals) {
      const { warnings } = (await rig.apply(yaml, '?dryRun')).json;
      expect(warnings).toContainEqual(expect.objectContaining({ message: lost }));
      const { status, json } = await rig.apply(yaml);
      const message = `${lost}; nothing was changed. Allow the loss of sessions to apply it (--allow-session-loss)`;
      expect({ status, error: json.error }).toMatchObject({ status: 409, error: { message } });
    }
    expect(await rig.changesSent()).toEqual(before);
    expect((await rig.apply(documentOf(2), '?allowSessionLoss')).status).toBe(200);
  });
});
