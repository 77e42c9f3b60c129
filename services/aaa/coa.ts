import { BngError } from '#lib/kernel/errors.js';
import type { Log } from '#lib/kernel/log.js';
import type { AttributeList } from '#lib/radius/attribute-list.js';
import { attribute } from '#lib/radius/attribute-row.js';
import { attributes, errorCauseName } from '#lib/radius/attributes.js';
import { Code, codeName } from '#lib/radius/codes.js';
import type { IncomingRequest, Reply } from '#lib/radius/listener.js';
import type { VerifiedPacket } from '#lib/radius/message.js';
import { type CoaReader, isNak, type Nak } from './coa-request.js';
import type { AaaMetrics } from './metrics.js';
import type { SubscriberChanges } from './subscriber-changes.js';

export interface CoaDependencies {
  readonly reader: CoaReader;
  readonly subscribers: Pick<SubscriberChanges, 'update' | 'disconnect' | 'refused'>;
  readonly metrics: AaaMetrics;
  readonly log: Log;
}

/** Answers CoA and Disconnect requests: ACK only after subs-manager, and with it the dataplane, has done the work. */
export class CoaHandler {
  constructor(private readonly deps: CoaDependencies) {}

  /** The answer to a verified request. Never rejects: what goes wrong becomes a NAK. */
  async handle(request: IncomingRequest): Promise<Reply> {
    const isChange = request.packet.code === Code.coaRequest;
    const refusal = await (isChange ? this.change(request) : this.disconnect(request)).catch(toNak);
    const code = isChange ? (refusal ? Code.coaNak : Code.coaAck) : refusal ? Code.disconnectNak : Code.disconnectAck;
    this.report(request, code, refusal);
    return { code, attributes: refusal ? [attribute(attributes.errorCause, refusal.errorCause)] : [] };
  }

  private async change({ attributes: list, client }: IncomingRequest): Promise<Nak | undefined> {
    const change = this.deps.reader.change(list);
    if (isNak(change)) return this.refuse(list, `CoA-Request from ${client}`, change);
    await this.deps.subscribers.update({ ...change, source: 'coa', reason: `CoA-Request from ${client}` });
    return undefined;
  }

  private async disconnect({ attributes: list, client }: IncomingRequest): Promise<Nak | undefined> {
    const disconnect = this.deps.reader.disconnect(list);
    if (isNak(disconnect)) return this.refuse(list, `Disconnect-Request from ${client}`, disconnect);
    await this.deps.subscribers.disconnect({
      ...disconnect,
      source: 'coa',
      reason: `Disconnect-Request from ${client}`,
    });
    return undefined;
  }

  /** Of an authentic request that gets no answer: its Event-Timestamp is too old or too new, it may be a replay. */
  stale({ attributes: list }: VerifiedPacket, from: string): void {
    this.trace(list, 'stale_timestamp', `coa: request from ${from}: Event-Timestamp is out of the window`);
  }

  private refuse(list: AttributeList, request: string, nak: Nak): Nak {
    this.trace(list, errorCauseName(nak.errorCause), `coa: ${request}: ${nak.message}`);
    return nak;
  }

  private trace(list: AttributeList, outcome: string, detail: string): void {
    const selector = this.deps.reader.namedBy(list);
    if (selector !== undefined) this.deps.subscribers.refused({ selector, outcome, detail });
  }

  private report({ client, from, attributes: list }: IncomingRequest, code: number, refusal: Nak | undefined): void {
    const errorCause = refusal ? String(refusal.errorCause) : '';
    if (refusal?.mistake) this.deps.metrics.refusedAttributes.inc(refusal.mistake);
    this.deps.metrics.coaReplies.inc({ code: codeName(code), error_cause: errorCause });
    this.deps.log.info(
      { client, from, answer: codeName(code), sessionId: list.value(attributes.acctSessionId), ...refusal },
      'CoA or Disconnect request answered',
    );
  }
}

function toNak(thrown: unknown): Nak {
  const error = BngError.from(thrown);
  return { errorCause: error.row.errorCause, message: error.message };
}
