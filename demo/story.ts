import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Session } from '#gen/bng/v1/subs.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { bngctl } from '../test/harness/bngctl.js';
import { radclient } from '../test/harness/radclient.js';
import type { Stack } from '../test/harness/stack.js';
import { bringOnline, type OnlineResult, sampleLine } from '../test/harness/subscribers.js';
import { waitFor } from '../test/harness/wait-for.js';
import type { DemoConsole } from './console.js';
import type { DemoSummary } from './summary.js';

/** The rate that billing gives subscriber 1 by CoA. */
export const newDownloadKbps = 100_000;

const indent = (text: string) =>
  text
    .split('\n')
    .map((line) => `   ${line}`)
    .join('\n');

/** The demo's story on a running stack: configure, attach, change, disconnect, account. */
export class Story {
  private readonly acct = (type: string) =>
    this.stack.radius.detail().filter((record) => record.get('Acct-Status-Type') === type).length;

  constructor(
    private readonly stack: Stack,
    private readonly out: DemoConsole,
    private readonly subscribers: number,
    /** Ends the story before its next step. */
    private readonly signal: AbortSignal,
  ) {}

  async tell(): Promise<DemoSummary> {
    await this.configure();
    this.signal.throwIfAborted();
    const online = await this.attach();
    this.signal.throwIfAborted();
    const change = await this.change();
    this.signal.throwIfAborted();
    const disconnected = await this.disconnect();
    this.signal.throwIfAborted();
    const accounting = await this.account();
    return {
      subscribers: this.subscribers,
      online: online.online,
      ...change,
      disconnected,
      ...accounting,
      secondsToAllOnline: Number(online.seconds.toFixed(3)),
    };
  }

  private async configure(): Promise<void> {
    this.out.heading('The sample configuration becomes state in VPP');
    const file = join(this.stack.folder, 'bng.yaml');
    writeFileSync(file, this.stack.document);
    this.out.fact(`$ bngctl apply -f ${file}`);
    const printed = await this.bngctl('apply', '-f', file);
    this.out.fact(printed.split('\n').at(-1) ?? '');
  }

  private async attach(): Promise<OnlineResult> {
    this.out.heading(
      `${this.subscribers} subscribers attach: DHCP, RADIUS, then policers, route and source guard in VPP`,
    );
    const result = await bringOnline(await this.stack.accessLink(), {
      count: this.subscribers,
      concurrency: Math.min(this.subscribers, 256),
      onProgress: (done) => this.out.progress('online', done, this.subscribers),
    });
    for (const failure of result.failures.slice(0, 5)) this.out.bad(failure);
    const median = result.attachMs[Math.floor(result.attachMs.length / 2)] ?? 0;
    this.out.good(
      `${result.online} online in ${result.seconds.toFixed(2)} s; half of them within ${median.toFixed(0)} ms`,
    );
    this.out.fact('$ bngctl subs list --limit 8');
    console.log(indent(await this.bngctl('subs', 'list', '--limit', '8')));
    return result;
  }

  private async change(): Promise<Pick<DemoSummary, 'coaAcked' | 'policerKbpsBefore' | 'policerKbpsAfter'>> {
    const session = await this.session(0);
    this.out.heading(`Billing doubles the rate of ${session.userName} by RADIUS CoA`);
    const before = await this.downloadKbps(session);
    this.out.fact(`VPP before: policer ${before.name} at ${before.kbps} kbit/s`);
    const attributes = [`Acct-Session-Id = "${session.sessionId}"`, `Causeway-Download-Kbps = ${newDownloadKbps}`];
    this.out.fact(`$ radclient 127.0.0.1:${this.stack.coa.port} coa   # ${attributes.join(', ')}`);
    const answer = await radclient(this.stack.coa, 'coa', attributes);
    const acked = answer.code === 'CoA-ACK';
    this.out[acked ? 'good' : 'bad'](answer.code || 'no answer');
    const after = await this.downloadKbps(session);
    this.out.fact(`VPP after:  policer ${after.name} at ${after.kbps} kbit/s`);
    return { coaAcked: acked ? 1 : 0, policerKbpsBefore: before.kbps, policerKbpsAfter: after.kbps };
  }

  private async disconnect(): Promise<number> {
    const last = await this.session(this.subscribers - 1);
    this.out.heading(`${last.userName} is disconnected by RADIUS`);
    const route = `${last.ipv4}/32`;
    const routed = async () => (await this.stack.dataplane.hostRoutes()).includes(route);
    this.out.fact(`VPP before: route ${route} ${(await routed()) ? 'present' : 'absent'}`);
    const answer = await radclient(this.stack.coa, 'disconnect', [`Acct-Session-Id = "${last.sessionId}"`]);
    const acked = answer.code === 'Disconnect-ACK';
    this.out[acked ? 'good' : 'bad'](answer.code || 'no answer');
    const gone = !(await routed());
    this.out.fact(`VPP after:  route ${route} ${gone ? 'absent' : 'still present'}`);
    return acked && gone ? 1 : 0;
  }

  private async account(): Promise<Pick<DemoSummary, 'acctStarts' | 'acctStops'>> {
    this.out.heading("FreeRADIUS's own accounting file");
    const complete = () => this.acct('Start') >= this.subscribers && this.acct('Stop') >= 1;
    await waitFor('accounting records', complete, 30_000).catch((error) => this.out.bad(String(error)));
    const [acctStarts, acctStops] = [this.acct('Start'), this.acct('Stop')];
    this.out.good(`${acctStarts} Start, ${acctStops} Stop in ${this.stack.radius.detailFile}`);
    return { acctStarts, acctStops };
  }

  private async bngctl(...args: string[]): Promise<string> {
    const { code, output } = await bngctl(this.stack, args);
    if (code !== 0) throw new Error(`bngctl ${args.join(' ')} ended with ${code}:\n${output}`);
    return output;
  }

  private session(index: number): Promise<Session> {
    return callUnary(this.stack.subs.get.bind(this.stack.subs), { key: sampleLine(index).mac });
  }

  /** The session's policer towards the subscriber, from VPP's own dump: the faster of its two. */
  private async downloadKbps(session: Session): Promise<{ name: string; kbps: number }> {
    const policers = [...(await this.stack.dataplane.policerKbps())].filter(([name]) =>
      name.includes(session.sessionId),
    );
    const [name, kbps] = policers.sort((a, b) => b[1] - a[1])[0] ?? ['none', 0];
    return { name, kbps };
  }
}
