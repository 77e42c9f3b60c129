import { backoffMs, type Clock, sleep } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Component } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import type { Knex } from '#lib/kernel/postgres.js';
import { type AttributeInput, attribute } from '#lib/radius/attribute-row.js';
import { AcctStatusType, attributes } from '#lib/radius/attributes.js';
import type { RadiusClient } from '#lib/radius/client.js';
import { Code } from '#lib/radius/codes.js';
import type { AaaConfig } from './config.js';
import { nasAttributes } from './request-attributes.js';

export interface NodeAccountingDependencies {
  readonly config: Pick<AaaConfig, 'nas'>;
  readonly knex: Knex;
  readonly client: Pick<RadiusClient, 'exchange'>;
  readonly log: Log;
  readonly clock: Clock;
}

/**
 * Accounting-On and Accounting-Off (RFC 2866 section 5.1). Both tell a server to close all sessions of this NAS, so that
 * On is sent once in the node's life: sessions outlive restarts of every part of it. Off is for taking it out of service.
 */
export class NodeAccounting implements Component {
  readonly name = 'node-accounting';
  private readonly abort = new AbortController();
  private work: Promise<void> = Promise.resolve();

  constructor(private readonly deps: NodeAccountingDependencies) {}

  async start(): Promise<void> {
    this.work = this.announce();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.work;
  }

  private async announce(): Promise<void> {
    for (let attempt = 0; !this.abort.signal.aborted; attempt++) {
      try {
        if (await this.known()) return;
        if (await this.send(AcctStatusType.accountingOn)) return await this.remember();
      } catch (error) {
        this.deps.log.warn({ err: error }, 'Accounting-On not delivered yet');
      }
      await sleep(backoffMs(attempt, 500, 30_000), this.abort.signal);
    }
  }

  /**
   * Sends Accounting-Off; the next start will send Accounting-On.
   * @throws BngError `unavailable` when no server acknowledged.
   */
  async off(): Promise<void> {
    if (!(await this.send(AcctStatusType.accountingOff)))
      throw new BngError('unavailable', 'no accounting server acknowledged');
    await this.deps.knex('accounting_node').where({ nas: this.nas }).delete();
  }

  private get nas(): string {
    return this.deps.config.nas.identifier;
  }

  private async known(): Promise<boolean> {
    return (await this.deps.knex('accounting_node').where({ nas: this.nas })).length > 0;
  }

  private async remember(): Promise<void> {
    const row = { nas: this.nas, on_acked_at: new Date() };
    await this.deps.knex('accounting_node').insert(row).onConflict('nas').ignore();
  }

  private async send(status: number): Promise<boolean> {
    const { client, config, clock } = this.deps;
    const bornMs = clock.nowMs();
    const record = (): AttributeInput[] => [
      attribute(attributes.acctStatusType, status),
      attribute(attributes.acctSessionId, `${this.nas}-${bornMs}`),
      ...nasAttributes(config),
      attribute(attributes.eventTimestamp, Math.floor(bornMs / 1000)),
      attribute(attributes.acctDelayTime, Math.max(0, Math.floor((clock.nowMs() - bornMs) / 1000))),
    ];
    const outcome = await client.exchange(Code.accountingRequest, record, this.abort.signal);
    return outcome.kind === 'acknowledged';
  }
}
