import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { ListSubscribersRequest, type Session, SessionState } from '#gen/bng/v1/subs.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { dataplaneContent } from '../harness/dataplane-content.js';
import type { Lane } from '../harness/lanes.js';
import { enterPrivateNetwork } from '../harness/private-network.js';
import { radclient } from '../harness/radclient.js';
import { repositoryRoot } from '../harness/service.js';
import { type Stack, type StackOptions, startStack } from '../harness/stack.js';
import { sampleLine } from '../harness/subscribers.js';
import { waitFor } from '../harness/wait-for.js';
import { AccountingServer } from './accounting-server.js';
import { Crew } from './crew.js';

/** The whole system with an accounting server of its own, and subscribers to come. */
export interface FaultStack {
  readonly stack: Stack;
  readonly accounting: AccountingServer;
  readonly crew: Crew;
}

/** The sample users without interim updates, so that each accounting record has a cause in the test. */
const users = () =>
  readFileSync(join(repositoryRoot, 'infra', 'freeradius', 'users'), 'utf8').replaceAll(/^\tAcct-Interim.*\n/gm, '');

/** Shorter waits than in the field, so that what is tried again is tried again soon. */
export async function startFaultStack(
  lane: Lane,
  subscribers: number,
  adjust: NonNullable<StackOptions['adjust']> = () => {},
): Promise<FaultStack> {
  if (lane.kind === 'vpp') enterPrivateNetwork();
  const accounting = await AccountingServer.start();
  const stack = await startStack({
    lane,
    subscribers,
    users: users(),
    adjust(configs) {
      const { aaa } = configs;
      for (const server of aaa.accounting.servers) server.port = accounting.port;
      Object.assign(aaa.accounting, { initialMs: 2500, maxMs: 2500, transmissions: 1 });
      Object.assign(aaa.auth, { initialMs: 200, maxMs: 400 });
      for (const group of configs['subs-manager'].groups) Object.assign(group, { aaaTimeoutHoldS: 1, rejectHoldS: 1 });
      adjust(configs);
    },
  }).catch(async (error: unknown) => {
    await accounting.stop();
    throw error;
  });
  return { stack, accounting, crew: new Crew(await stack.accessLink()) };
}

export async function stopFaultStack(started: FaultStack | undefined): Promise<void> {
  await started?.stack.stop();
  await started?.accounting.stop();
}

/** Active sessions as subs-manager tells them. */
export async function activeSessions({ stack }: FaultStack): Promise<Session[]> {
  const request = ListSubscribersRequest.fromPartial({ filter: { state: SessionState.ACTIVE }, pageSize: 1000 });
  return (await callUnary(stack.subs.list.bind(stack.subs), request, { waitForReady: true })).sessions;
}

/** Resolves when nothing but active sessions is left: what was being ended has gone. */
export async function noneEnding({ stack }: FaultStack): Promise<void> {
  const request = ListSubscribersRequest.fromPartial({ pageSize: 1000 });
  await waitFor('no end under way', async () => {
    const { sessions } = await callUnary(stack.subs.list.bind(stack.subs), request);
    return sessions.every(({ state }) => state === SessionState.ACTIVE);
  });
}

export const sessionOf = ({ stack }: FaultStack, index: number): Promise<Session> =>
  callUnary(stack.subs.get.bind(stack.subs), { key: sampleLine(index).mac }, { waitForReady: true });

/** Everything that VPP holds of ours. */
export const contentOf = ({ stack }: FaultStack): Promise<string[]> => dataplaneContent(stack.vpp.apiSocket);

/** VPP holds this, or soon does: what had been begun is undone when whoever asked for it has given up already. */
export async function expectContent(started: FaultStack, content: readonly string[]): Promise<void> {
  let now: string[] = [];
  await waitFor('the content', async () => {
    now = await contentOf(started);
    return now.join() === content.join();
  }).catch(() => {});
  expect(now).toEqual(content);
}

/** Whoever has a lease has the one session with that address, is forwarded, and keeps the address when renewing. */
export async function expectIntact(started: FaultStack): Promise<void> {
  const { stack, crew } = started;
  const leases = crew.leases();
  expect(new Set(leases.values()).size).toBe(leases.size);
  const sessions = await activeSessions(started);
  expect(new Map(sessions.map(({ identity, ipv4 }) => [identity?.mac ?? '', ipv4] as const).sort())).toEqual(leases);
  expect(await stack.dataplane.hostRoutes()).toEqual([...leases.values()].map((address) => `${address}/32`).sort());
  const neighbours = await stack.dataplane.neighbours();
  for (const [mac, address] of leases) expect(neighbours.get(address)).toBe(mac);
  expect(await crew.renewAll(await stack.gatewayMac())).toEqual(leases);
}

/** Each line with a session has one policer in each direction, once. */
export async function expectPolicedOnce({ stack, crew }: FaultStack, indices: readonly number[]): Promise<void> {
  const interfaces = await stack.dataplane.interfaces();
  for (const index of indices) {
    const line = sampleLine(index);
    const found = interfaces.find(
      (one) => one.sub_outer_vlan_id === line.outerVlan && one.sub_inner_vlan_id === line.innerVlan,
    );
    const name = found?.interface_name ?? '';
    const applies = [
      await stack.dataplane.policerApplies(name, 'input'),
      await stack.dataplane.policerApplies(name, 'output'),
    ];
    expect([index, crew.address(index) !== '', ...applies]).toEqual([index, true, 1, 1]);
  }
}

/** A rate by CoA; the code of the answer. */
export async function setDownloadKbps({ stack }: FaultStack, sessionId: string, kbps: number): Promise<string> {
  const attributes = [`Acct-Session-Id = "${sessionId}"`, `Causeway-Download-Kbps = ${kbps}`];
  return (await radclient(stack.coa, 'coa', attributes)).code;
}

/** The committed rates of a session's policers in kbit/s, lowest first. */
export async function ratesOf({ stack }: FaultStack, sessionId: string): Promise<number[]> {
  const policers = [...(await stack.dataplane.policerKbps())].filter(([name]) => name.includes(sessionId));
  return policers.map(([, kbps]) => kbps).sort((a, b) => a - b);
}

/** Ends sessions by RELEASE, and waits until they are gone. Their session ids. */
export async function release(started: FaultStack, indices: readonly number[]): Promise<string[]> {
  const { stack, crew } = started;
  const gatewayMac = await stack.gatewayMac();
  const sessions = await Promise.all(indices.map((index) => sessionOf(started, index)));
  for (const index of indices) crew.client(index).release(gatewayMac);
  const ids = sessions.map(({ sessionId }) => sessionId);
  await waitFor('released', async () => {
    const request = ListSubscribersRequest.fromPartial({ pageSize: 1000 });
    const { sessions } = await callUnary(stack.subs.list.bind(stack.subs), request);
    return !sessions.some(({ sessionId }) => ids.includes(sessionId));
  });
  return ids;
}
