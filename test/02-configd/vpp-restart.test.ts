import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { waitFor } from '../harness/wait-for.js';
import { bngctl, bundle, documentOf, Rig } from './rig.js';

let rig: Rig;
const sessions = 20;

beforeAll(async () => {
  rig = await Rig.start();
  await rig.ready();
  await rig.apply(documentOf(sessions));
  for (let n = 1; n <= sessions; n++) await callUnary(rig.grpc.applySession.bind(rig.grpc), { session: bundle(n) });
}, 60_000);
afterAll(() => rig?.stop());

/** A new VPP that takes its time in the middle of the lines, and with one message of the sessions. */
async function slowVpp(): Promise<void> {
  rig.configd.child.kill('SIGSTOP');
  await rig.replaceVpp();
  await rig.sim.control.fault({ kind: 'delay', ms: 1500 }, { message: 'sw_interface_set_unnumbered' });
  await rig.sim.control.fault({ kind: 'delay', ms: 1500 }, { message: 'policer_add' });
  rig.configd.child.kill('SIGCONT');
}

it('after a restart VPP gets the infrastructure first and the sessions after, and the status says how far it is', async () => {
  await slowVpp();
  const seen: string[] = [];
  const infra: { done: number; total: number }[] = [];
  const wanted = (await callUnary(rig.grpc.status.bind(rig.grpc), {})).resources;
  await waitFor(
    'VPP holds everything again',
    async () => {
      const { state } = (await rig.http('GET', '/status')).json;
      const [, phase, done, total] = /^restoring \((read|infra|sessions) (\d+)\/(\d+)\)$/.exec(state) ?? [];
      if (phase) seen.push(phase);
      if (phase === 'infra') infra.push({ done: Number(done), total: Number(total) });
      return state === 'ready' && seen.includes('sessions');
    },
    60_000,
  );
  const inOrder = ['read', 'infra', 'sessions'];
  expect(seen).toEqual([...seen].sort((a, b) => inOrder.indexOf(a) - inOrder.indexOf(b)));
  const total = infra[0]?.total ?? 0;
  expect(infra.filter((report) => report.done > 0 && report.done < total)).not.toEqual([]);
  expect(total).toBeGreaterThan(sessions);
  expect(total).toBeLessThan(wanted);
  expect((await bngctl(rig, 'status')).out).toMatch(new RegExp(`configd +ready .*, ${sessions} sessions`));
  expect((await rig.http('GET', '/config/plan')).json.steps).toEqual([]);
  const { text } = await rig.http('GET', '/metrics');
  const counted = (what: string, phase: string) =>
    Number(new RegExp(`^bng_configd_restore_${what}\\{.*phase="${phase}".*\\} (\\d+)$`, 'm').exec(text)?.[1]);
  expect([counted('done', 'infra'), counted('total', 'infra')]).toEqual([total, total]);
  expect([counted('done', 'sessions'), counted('total', 'sessions')]).toEqual([sessions, sessions]);
  expect(text).toMatch(/^bng_configd_restore_duration_seconds_count\{.*outcome="ok".*\} 2$/m);
}, 90_000);
