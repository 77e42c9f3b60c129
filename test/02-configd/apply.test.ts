import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplyRequest } from '#gen/bng/v1/configd.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { DataplaneView } from '../harness/dataplane-view.js';
import { bngctl, documentOf, Rig } from './rig.js';

/** Each test goes on where the one before ended: one node, changed as an operator would. */
describe('an operator applies documents', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
    await rig.ready();
  }, 60_000);
  afterAll(() => rig?.stop());

  const history = async () => {
    const answer = await callUnary(rig.grpc.history.bind(rig.grpc), { limit: 0 });
    return answer.entries.map(({ version, outcome, steps, user, comment }) => ({
      version,
      outcome,
      steps,
      user,
      comment,
    }));
  };

  it('has no configuration at first', async () => {
    expect(await rig.http('GET', '/config')).toMatchObject({
      status: 404,
      json: { error: { code: 'not_found', message: 'no configuration was applied yet' } },
    });
  });

  it('shows what would be done, and does nothing', async () => {
    const dry = await rig.apply(documentOf(3), '?dryRun=true');
    expect(dry).toMatchObject({ status: 200, json: { version: 0, changed: true, messagesSent: 0 } });
    expect(dry.json.steps.map((step: { key: string }) => step.key)).toEqual([
      'acl-counters/all',
      'acl/builtin.dhcp-client',
      'acl/web-only',
      'address/core/10.255.0.1/30',
      'address/gw/100.64.0.1/16',
      'dhcp-relay/default/ip4',
      'host-interface/access',
      'host-interface/core',
      'loopback/gw',
      'route/default/0.0.0.0/0',
      ...[1, 2, 3].map((n) => `sub-interface/access.100.${n}`),
      ...[1, 2, 3].map((n) => `unnumbered/access.100.${n}`),
    ]);
    expect(await rig.changesSent()).toEqual({});
    expect(await history()).toEqual([]);
  });

  it('applies it, and VPP has it', async () => {
    const answer = await rig.apply(documentOf(3), '?user=ann&comment=first');
    expect(answer).toMatchObject({ status: 200, json: { version: 1, changed: true } });
    expect(answer.json.messagesSent).toBeGreaterThan(10);
    const view = await DataplaneView.open(rig.sim.apiSocket);
    const tags = (await view.interfaces())
      .map(({ tag }) => tag)
      .filter(Boolean)
      .sort();
    await view.close();
    expect(tags).toEqual([
      'cw:host-interface/access',
      'cw:host-interface/core',
      'cw:loopback/gw',
      'cw:sub-interface/access.100.1',
      'cw:sub-interface/access.100.2',
      'cw:sub-interface/access.100.3',
    ]);
    expect(await history()).toEqual([{ version: 1n, outcome: 'applied', steps: 16, user: 'ann', comment: 'first' }]);
  });

  it('tells what the rules of its ACLs matched', async () => {
    const lists = await rig.http('GET', '/acls');
    expect(lists.json.acls.map((acl: { name: string }) => acl.name)).toEqual(['builtin.dhcp-client', 'web-only']);
    const rule = { position: 1, text: 'permit tcp any any port 80' };
    const shown = { name: 'web-only', counting: true, total: 1, rules: [rule] };
    expect((await rig.http('GET', '/acls/web-only')).json).toEqual(shown);
    expect(JSON.parse((await bngctl(rig, '--json', 'acl', 'show', 'web-only')).out)).toEqual(shown);
    expect(await rig.http('GET', '/acls/none')).toMatchObject({ status: 404, json: { error: { code: 'not_found' } } });
    expect(await rig.http('GET', '/acls/web-only?limit=x')).toMatchObject({ status: 400 });
    expect((await rig.http('GET', '/metrics')).text).toContain('bng_configd_acl_matched_packets_total{acl="web-only"');
  });

  it('sends nothing and stores nothing for the same text', async () => {
    const before = await rig.changesSent();
    const again = await rig.apply(documentOf(3));
    expect(again.json).toMatchObject({ version: 0, changed: false, steps: [], messagesSent: 0 });
    expect(await rig.changesSent()).toEqual(before);
    expect(await history()).toHaveLength(1);
  });

  it('gives the text back as it was given, and that applies to the same state', async () => {
    const text = `# kept: the operator's words\n${documentOf(3)}`;
    const stored = await rig.apply(text);
    expect(stored.json).toMatchObject({ version: 2, changed: false, messagesSent: 0 });
    const given = await rig.http('GET', '/config');
    expect(given).toMatchObject({ status: 200, text, etag: stored.etag });
    expect((await rig.apply(given.text)).json).toMatchObject({ version: 0, changed: false });
    expect((await rig.http('GET', '/config?version=1')).text).toBe(documentOf(3));
    expect((await rig.http('GET', '/config?version=99')).status).toBe(404);
  });

  it('refuses mistakes with all their places, before anything is sent', async () => {
    const before = await rig.changesSent();
    const refused = await rig.apply(
      'interfaces:\n  a: { loopback: {}, mtu: 1 }\nroutes: [{ prefix: 10.0.0.1/8, drop: true }]\n',
    );
    expect(refused).toMatchObject({
      status: 400,
      json: {
        error: {
          code: 'invalid_argument',
          details: { line: 2, column: 27 },
          errors: [
            {
              line: 2,
              column: 27,
              path: 'interfaces.a.mtu',
              message: 'an MTU is a whole number from 68 to 9216, not 1',
            },
            {
              line: 3,
              column: 20,
              path: 'routes[0].prefix',
              message: '10.0.0.1/8 has host bits set; write 10.0.0.0/8',
            },
          ],
        },
      },
    });
    expect(refused.json.error.message).toBe(
      'configuration refused:\n' +
        '  2:27: interfaces.a.mtu: an MTU is a whole number from 68 to 9216, not 1\n' +
        '  3:20: routes[0].prefix: 10.0.0.1/8 has host bits set; write 10.0.0.0/8',
    );
    expect(await rig.changesSent()).toEqual(before);
  });

  it('refuses a change that was made on an older state', async () => {
    const base = (await rig.http('GET', '/config')).etag ?? '';
    const first = await rig.http('POST', '/config/apply', documentOf(4), { 'if-match': base });
    expect(first).toMatchObject({ status: 200, json: { version: 3 } });
    const second = await rig.http('POST', '/config/apply', documentOf(5), { 'if-match': base });
    expect(second).toMatchObject({ status: 412, json: { error: { code: 'stale' } } });
    const request = ApplyRequest.fromPartial({ yaml: documentOf(5), baseEtag: 'old', source: 'test' });
    await expect(callUnary(rig.grpc.apply.bind(rig.grpc), request)).rejects.toMatchObject({ code: 'stale' });
  });

  it('does applies one after the other', async () => {
    const answers = await Promise.all([5, 6, 7, 8].map((lines) => rig.apply(documentOf(lines))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(answers.map(({ json }) => json.version).sort()).toEqual([4, 5, 6, 7]);
    expect((await rig.http('GET', '/config/plan')).json.steps).toEqual([]);
  });

  it('puts everything back when VPP refuses a step, and says so', async () => {
    const stable = documentOf(2);
    await rig.apply(stable);
    await rig.sim.control.fault({ kind: 'fail', retval: -12 }, { message: 'sw_interface_set_unnumbered', skip: 1 });
    const failed = await rig.apply(documentOf(4));
    expect(failed).toMatchObject({ status: 502, json: { error: { code: 'dataplane' } } });
    expect(failed.json.error.message).toContain('everything was put back');
    expect((await rig.http('GET', '/config')).text).toBe(stable);
    expect((await rig.http('GET', '/config/plan')).json.steps).toEqual([]);
    expect((await history())[0]).toMatchObject({ outcome: 'failed' });
    expect((await rig.apply(documentOf(4))).status).toBe(200);
  });

  it('refuses weights that VPP rounds away, and warns of a little', async () => {
    const weighted = (one: number, other: number) =>
      documentOf(2).replace(
        /via: \[.*?\}\]/,
        `via: [{ address: 10.255.0.2, interface: core, weight: ${one} }, { interface: core, weight: ${other} }]`,
      );
    const before = await rig.changesSent();
    const refused = await rig.apply(weighted(70, 30));
    expect(refused.status).toBe(400);
    expect(refused.json.error.message).toMatch(
      /^ {2}\d+:\d+: routes\[0\]\.via\[0\]\.weight: VPP would make 75 : 25 % .* write 11 : 5/m,
    );
    expect(await rig.changesSent()).toEqual(before);
    const answer = await rig.apply(weighted(60, 40), '?dryRun');
    expect(answer.json.warnings.map(({ message }: { message: string }) => message)).toEqual([
      'weight 60 is 60 %, VPP rounds it to 62.5 %',
      'weight 40 is 40 %, VPP rounds it to 37.5 %',
    ]);
  });

  it('answers only what it has, and no web pages', async () => {
    expect(await rig.http('GET', '/config/apply')).toMatchObject({ status: 405 });
    expect(await rig.http('POST', '/config/apply', 'x', { origin: 'http://evil.example' })).toMatchObject({
      status: 403,
    });
    expect(await rig.apply('{}', '?dryRun=perhaps')).toMatchObject({ status: 400 });
    expect(await rig.http('GET', '/config?version=x')).toMatchObject({ status: 400 });
    expect(await rig.http('GET', '/configuration')).toMatchObject({ status: 404 });
  });

  it('counts what it did', async () => {
    const { text } = await rig.http('GET', '/metrics');
    const counted = (name: string, label: string) =>
      text.split('\n').filter((line) => line.startsWith(name) && line.includes(label) && !line.endsWith(' 0'));
    expect(counted('bng_configd_apply_duration_seconds_count', 'outcome="applied"')).toHaveLength(1);
    expect(counted('bng_configd_apply_duration_seconds_count', 'outcome="invalid_argument"')).toHaveLength(1);
    expect(counted('bng_configd_steps_total', 'kind="sub-interface",action="create",outcome="done"')).toHaveLength(1);
    expect(counted('bng_configd_vpp_round_trip_seconds_count', 'class="write"')).toHaveLength(1);
    expect(counted('bng_configd_vpp_ready', '')).toHaveLength(1);
  });
});
