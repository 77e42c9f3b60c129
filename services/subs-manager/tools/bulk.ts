import { randomBytes } from 'node:crypto';
import {
  BulkJob,
  type BulkSelection,
  type PreviewBulkResponse,
  type StartBulkRequest,
} from '#gen/bng/v1/subs_tools.js';
import { backoffMs, type Clock, sleep } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Component, StateHolder } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import { type Session, toMessage } from '../session/session.js';
import type { SessionIndex } from '../session/session-index.js';
import type { BulkActions } from './bulk-actions.js';
import { type Selected, selectForBulk } from './bulk-selection.js';
import type { BulkStore } from './store-bulk.js';

const DEFAULT_RATE = 20;
const MAX_RATE = 1000;
/** Sessions worked on at once. */
const AT_ONCE = 32;
/** So many failures one after the other end the job: the fault is not with the sessions. */
const FAILURES_IN_A_ROW = 20;
/** Failures kept by name. */
const KEPT_FAILURES = 20;
const SAVE_MS = 1000;
const MAX_REASON = 200;

export interface BulkParts {
  index: SessionIndex;
  actions: Pick<BulkActions, 'carryOut'>;
  bulkStore: Pick<BulkStore, 'save' | 'list' | 'get'>;
  bulkDone: (action: string, outcome: string) => void;
  state: StateHolder;
  clock: Clock;
  log: Log;
}

interface Running {
  readonly job: BulkJob;
  readonly abort: AbortController;
  /** How it ends when it is aborted. */
  abortedAs: 'cancelled' | 'failed' | 'interrupted';
  failuresInARow: number;
  ended: Promise<void>;
}

/** Actions on many sessions, one job at a time: previewed first, at a rate, with its progress in the store. */
export class Bulk implements Component {
  readonly name = 'bulk';
  private running: Running | undefined;

  constructor(private readonly parts: BulkParts) {}

  /** Whom it would touch; changes nothing. */
  preview(selection: BulkSelection | undefined): PreviewBulkResponse {
    const { sessions, token } = selectForBulk(this.parts.index, selection);
    return { count: sessions.length, token, first: sessions.slice(0, 10).map(toMessage) };
  }

  /** Begins it. `stale` when the selection is not the previewed one any more, `failed_precondition` while another runs. */
  async begin(request: StartBulkRequest): Promise<BulkJob> {
    const { state, index, bulkStore } = this.parts;
    if (state.state !== 'ready') throw new BngError('unavailable', `subs-manager is ${state.state}`);
    const ratePerS = rateOf(request.ratePerS);
    const reason = reasonOf(request.reason);
    const selected = selectForBulk(index, request.selection);
    assertPreviewed(selected, request);
    if (this.running) throw new BngError('failed_precondition', `bulk job ${this.running.job.id} runs`);
    const job = this.newJob(selected, { ...request, ratePerS, reason });
    const abort = new AbortController();
    const running: Running = { job, abort, abortedAs: 'cancelled', failuresInARow: 0, ended: Promise.resolve() };
    this.running = running;
    try {
      await bulkStore.save(job);
    } catch (error) {
      this.running = undefined;
      throw BngError.from(error, 'unavailable');
    }
    running.ended = this.run(running, selected);
    return { ...job };
  }

  private newJob({ action, detail, sessions }: Selected, request: StartBulkRequest): BulkJob {
    const { reason, user, source, ratePerS } = request;
    return BulkJob.fromPartial({
      ...{ id: randomBytes(4).toString('hex'), state: 'running', action, detail, reason, user, source, ratePerS },
      total: sessions.length,
      startedMs: BigInt(this.parts.clock.nowMs()),
    });
  }

  private async run(running: Running, selected: Selected): Promise<void> {
    const { job, abort } = running;
    const { log, clock } = this.parts;
    log.info({ job: job.id, action: job.action, total: job.total, reason: job.reason, user: job.user }, 'bulk begun');
    const saving = setInterval(() => void this.save(job), SAVE_MS);
    await this.pace(running, selected);
    clearInterval(saving);
    job.state = abort.signal.aborted ? running.abortedAs : 'done';
    job.endedMs = BigInt(clock.nowMs());
    log.info({ job: job.id, state: job.state, done: job.done, failed: job.failed, gone: job.gone }, 'bulk ended');
    for (let attempt = 0; !(await this.save(job)) && this.parts.state.state === 'ready'; attempt++)
      await sleep(backoffMs(attempt, 200, 5000));
    this.running = undefined;
  }

  /** Begins with one session after the other at the rate of the job; resolves when all that were begun with are done. */
  private async pace(running: Running, selected: Selected): Promise<void> {
    const { job, abort } = running;
    const { clock } = this.parts;
    const beganMs = clock.monotonicMs();
    const underWay = new Set<Promise<void>>();
    for (const [at, session] of selected.sessions.entries()) {
      await sleep(Math.max(0, beganMs + (at * 1000) / job.ratePerS - clock.monotonicMs()), abort.signal);
      while (underWay.size >= AT_ONCE) await Promise.race(underWay);
      if (abort.signal.aborted) break;
      const work: Promise<void> = this.one(running, selected, session).finally(() => underWay.delete(work));
      underWay.add(work);
    }
    await Promise.all(underWay);
  }

  private async one(running: Running, selected: Selected, session: Session): Promise<void> {
    const { index, actions, bulkDone } = this.parts;
    const { job } = running;
    const { state } = session;
    const outcome = (name: 'done' | 'failed' | 'gone') => {
      job[name]++;
      bulkDone(selected.action, name);
    };
    if (index.get(session.id) !== session) return outcome('gone');
    try {
      await actions.carryOut(selected, session, job);
      running.failuresInARow = 0;
      outcome('done');
    } catch (thrown) {
      const { code, message } = BngError.from(thrown);
      if (code === 'not_found' && (index.get(session.id) !== session || session.state !== state))
        return outcome('gone');
      outcome('failed');
      if (job.failures.length < KEPT_FAILURES) job.failures.push({ sessionId: session.id, error: message });
      if (++running.failuresInARow >= FAILURES_IN_A_ROW) this.abort(running, 'failed');
    }
  }

  private abort(running: Running, as: Running['abortedAs']): void {
    if (running.abort.signal.aborted) return;
    running.abortedAs = as;
    running.abort.abort();
  }

  /** False when it could not be written; what is in memory stays true. */
  private save(job: BulkJob): Promise<boolean> {
    return this.parts.bulkStore.save(job).then(
      () => true,
      (error) => {
        this.parts.log.warn({ job: job.id, err: error }, 'progress of a bulk job not written');
        return false;
      },
    );
  }

  /** The newest first. */
  async list(limit: number): Promise<BulkJob[]> {
    const jobs = await this.parts.bulkStore.list(Math.min(limit === 0 ? 20 : limit, 200));
    return jobs.map((job) => this.current(job.id) ?? job);
  }

  async get(id: string): Promise<BulkJob> {
    const job = this.current(id) ?? (await this.parts.bulkStore.get(id));
    if (job === undefined) throw new BngError('not_found', `no bulk job "${id}"`);
    return job;
  }

  private current(id: string): BulkJob | undefined {
    const job = this.running?.job;
    return job?.id === id ? { ...job } : undefined;
  }

  /** Takes on nobody new; resolves when those begun with are done. A job that has ended stays as it is. */
  async cancel(id: string): Promise<BulkJob> {
    const { running } = this;
    if (running?.job.id === id) {
      this.abort(running, 'cancelled');
      await running.ended;
      return { ...running.job };
    }
    return this.get(id);
  }

  async start(): Promise<void> {}

  /** The job does not go on after a restart: its selection may be another by then. */
  async drain(): Promise<void> {
    const { running } = this;
    if (running === undefined) return;
    this.abort(running, 'interrupted');
    await running.ended;
  }

  async stop(): Promise<void> {}
}

function rateOf(ratePerS: number): number {
  if (ratePerS > MAX_RATE)
    throw new BngError('invalid_argument', `a rate of ${ratePerS} per second is more than ${MAX_RATE}`);
  return ratePerS === 0 ? DEFAULT_RATE : ratePerS;
}

function reasonOf(text: string): string {
  const reason = text.trim();
  if (reason === '') throw new BngError('missing_attribute', 'a reason is needed');
  if (reason.length > MAX_REASON)
    throw new BngError('invalid_argument', `a reason has at most ${MAX_REASON} characters`);
  return reason;
}

/** The selection is the one that was previewed. */
function assertPreviewed({ sessions, token }: Selected, request: StartBulkRequest): void {
  const { expectedCount } = request;
  if (request.token === '' && expectedCount === undefined)
    throw new BngError('missing_attribute', 'the count or the token of the preview is needed');
  if (request.token !== '' && request.token !== token)
    throw new BngError('stale', `the selection has changed since the preview; it is ${sessions.length} sessions now`);
  if (expectedCount !== undefined && expectedCount !== sessions.length)
    throw new BngError('stale', `the selection is ${sessions.length} sessions now, not ${expectedCount}`);
}
