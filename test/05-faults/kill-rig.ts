import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { AaaServiceClient, AuditAccountingRequest } from '#gen/bng/v1/aaa.js';
import {
  AuditRequest,
  type AuditResponse,
  ListSubscribersRequest,
  type Session,
  SessionState,
} from '#gen/bng/v1/subs.js';
import { callUnary, channelCredentials, channelOptions } from '#lib/kernel/rpc-client.js';
import { startFreeRadius } from '../harness/freeradius.js';
import type { Lane } from '../harness/lanes.js';
import { enterPrivateNetwork } from '../harness/private-network.js';
import { repositoryRoot } from '../harness/service.js';
import { type Stack, type StackService, startStack } from '../harness/stack.js';
import { waitFor } from '../harness/wait-for.js';
import { Population } from './population.js';
import { Records } from './records.js';

export type Victim = 'configd' | 'subs-manager' | 'aaa' | 'nats' | 'postgres' | 'freeradius' | 'vpp';

const CHURN_PER_S = 50;
const AWAY_MS = 2500;

/** The sample users without interim updates: each record then has one event behind it. */
const users = () =>
  readFileSync(join(repositoryRoot, 'infra', 'freeradius', 'users'), 'utf8').replaceAll(/^\tAcct-Interim.*\n/gm, '');

/** The whole system with subscribers, in which one part after the other is killed. */
export class KillRig {
  readonly records = new Records(() => this.stack.radius);
  private readonly aaa: AaaServiceClient;

  private constructor(
    readonly stack: Stack,
    readonly people: Population,
  ) {
    this.aaa = new AaaServiceClient(stack.addresses.aaa, channelCredentials(), channelOptions);
  }

  static async start(lane: Lane, steady: number, churning: number): Promise<KillRig> {
    if (lane.kind === 'vpp') enterPrivateNetwork();
    const stack = await startStack({
      lane,
      subscribers: steady + churning,
      users: users(),
      adjust(configs) {
        Object.assign(configs.aaa.auth, { initialMs: 200, maxMs: 800 });
        Object.assign(configs.aaa.accounting, { initialMs: 4000, maxMs: 4000 });
        const hold = { aaaTimeoutHoldS: 1, rejectHoldS: 1, leaseS: 3600 };
        for (const group of configs['subs-manager'].groups) Object.assign(group, hold);
      },
    });
    return new KillRig(stack, new Population(await stack.accessLink(), { steady, churning }, await stack.gatewayMac()));
  }

  async stop(): Promise<void> {
    this.aaa.close();
    await this.stack.stop();
  }

  /** Kills a part while subscribers come and go, starts it again after some seconds, and waits until all are content. */
  async killDuringChurn(victim: Victim): Promise<void> {
    this.people.startChurn(CHURN_PER_S);
    await sleep(1500);
    await this.kill(victim);
    await sleep(AWAY_MS);
    await this.bringBack(victim);
    await sleep(2000);
    await this.people.settle();
    await this.settled();
  }

  private async kill(victim: Victim): Promise<void> {
    const { stack } = this;
    if (victim === 'nats') await stack.nats.kill();
    else if (victim === 'postgres') await stack.postgres?.kill();
    else if (victim === 'vpp') await stack.vpp.crash();
    else if (victim === 'freeradius') stack.radius.signal('SIGKILL');
    else await stack.service(victim).kill();
  }

  private async bringBack(victim: Victim): Promise<void> {
    const { stack } = this;
    if (victim === 'nats') await stack.nats.restart();
    else if (victim === 'postgres') await stack.postgres?.restart();
    else if (victim === 'vpp') await this.anotherVpp();
    else if (victim === 'freeradius') await this.anotherRadius();
    else await (await stack.start(victim as StackService)).ready(60_000);
  }

  private async anotherRadius(): Promise<void> {
    const { stack } = this;
    this.records.keep();
    const { authPort, acctPort } = stack.radius;
    await stack.radius.stop();
    stack.radius = await startFreeRadius({ users: users(), authPort, acctPort });
  }

  private async anotherVpp(): Promise<void> {
    const { stack } = this;
    await stack.vpp.restart();
    await waitFor('the view', () => stack.dataplane.interfaces(), 30_000);
    const configd = stack.service('configd');
    await configd.ready(60_000);
  }

  async sessions(): Promise<Session[]> {
    const { list } = this.stack.subs;
    const found: Session[] = [];
    for (let pageToken = '', more = true; more; more = pageToken !== '') {
      const request = ListSubscribersRequest.fromPartial({ pageSize: 1000, pageToken });
      const page = await callUnary(list.bind(this.stack.subs), request, { waitForReady: true, timeoutMs: 20_000 });
      found.push(...page.sessions);
      pageToken = page.nextPageToken;
    }
    return found;
  }

  audit(repair = false): Promise<AuditResponse> {
    const request = AuditRequest.fromPartial({ repair });
    return callUnary(this.stack.subs.audit.bind(this.stack.subs), request, { timeoutMs: 120_000 });
  }

  /** Sessions with a record that may have reached a server twice, as the ledger names them. */
  async repeated(): Promise<Set<string>> {
    const request = AuditAccountingRequest.fromPartial({ limit: 100_000 });
    const { findings } = await callUnary(this.aaa.auditAccounting.bind(this.aaa), request, { timeoutMs: 60_000 });
    return new Set(findings.filter(({ fault }) => fault === 'repeated').map(({ sessionId }) => sessionId));
  }

  /** No session on its way in or out, no event on its way to a RADIUS server. */
  private async settled(): Promise<void> {
    await waitFor('no session under way', async () => (await this.sessions()).every(isActive), 60_000);
    await waitFor('every Start and Stop', () => this.accounted(), 60_000);
  }

  private async accounted(): Promise<boolean> {
    const [starts, stops] = [this.records.count('Start'), this.records.count('Stop')];
    const active = new Set((await this.sessions()).map(({ sessionId }) => sessionId));
    const gone = [...starts.keys()].filter((id) => !active.has(id));
    const { outboxPending } = await callUnary(this.stack.subs.stats.bind(this.stack.subs), {});
    const pending = await this.stack.metric('aaa', /^bng_aaa_accounting_pending\{[^}]*\} (\d+)/m);
    return (
      outboxPending === 0n &&
      pending === 0 &&
      [...active].every((id) => starts.has(id)) &&
      gone.every((id) => stops.has(id))
    );
  }

  /** Everything is as it should be: nothing lost, nothing double, nobody sent away. */
  async expectRight(before: ReadonlyMap<string, string>): Promise<void> {
    const { crew, naks } = this.people;
    const leases = crew.leases();
    for (const [mac, address] of before) expect([mac, leases.get(mac)]).toEqual([mac, address]);
    const sessions = await this.sessions();
    const bySubscriber = sessions.map(({ identity, ipv4 }) => [identity?.mac ?? '', ipv4] as const);
    expect(new Map([...bySubscriber].sort())).toEqual(leases);
    expect(sessions).toHaveLength(leases.size);
    await this.expectAgreement();
    expect(await crew.renewAll(await this.stack.gatewayMac())).toEqual(leases);
    expect(naks).toEqual([]);
    await this.expectAccounts(new Set(sessions.map(({ sessionId }) => sessionId)));
  }

  private async expectAgreement(): Promise<void> {
    const { parts, findings } = await this.audit();
    expect(findings).toEqual([]);
    expect(parts.filter(({ error }) => error !== '')).toEqual([]);
  }

  /** Each session has one Start, each that has gone one Stop; what came twice is named by the ledger. */
  private async expectAccounts(active: ReadonlySet<string>): Promise<void> {
    const [starts, stops] = [this.records.count('Start'), this.records.count('Stop')];
    expect([...active].filter((id) => !starts.has(id) || stops.has(id))).toEqual([]);
    expect([...starts.keys()].filter((id) => !active.has(id) && !stops.has(id))).toEqual([]);
    expect([...stops.keys()].filter((id) => !starts.has(id))).toEqual([]);
    const named = await this.repeated();
    const doubled = [...this.records.doubled('Start'), ...this.records.doubled('Stop')];
    expect(doubled.filter((id) => !named.has(id))).toEqual([]);
  }
}

const isActive = ({ state }: Session): boolean => state === SessionState.ACTIVE;
