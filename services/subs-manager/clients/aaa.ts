import {
  type AaaServiceClient,
  AuditAccountingRequest,
  type AuditAccountingResponse,
  type AuthorizeRequest,
  type AuthorizeResponse,
  type LiveSession,
} from '#gen/bng/v1/aaa.js';
import { codedError } from '#lib/kernel/errors.js';
import { RequestStream } from '#lib/kernel/request-stream.js';
import { callUnary } from '#lib/kernel/rpc-client.js';

/** Streams side by side, and requests of each before it is opened anew: with several aaa each new one goes to the next instance. */
const STREAMS = 4;
const REQUESTS_PER_STREAM = 256;

/** Going through the ledger may take this long. */
const AUDIT_MS = 60_000;

/** What subs-manager asks of aaa. */
export class Authorizer {
  private readonly streams;
  private turn = 0;

  constructor(
    private readonly client: AaaServiceClient,
    timeoutMs: number,
  ) {
    const options = { peer: 'aaa', timeoutMs, maxRequests: REQUESTS_PER_STREAM };
    this.streams = Array.from({ length: STREAMS }, () => new RequestStream(() => client.authorizeMany(), options));
  }

  /** A reject is an answer; no answer of any RADIUS server rejects with `unavailable` or `timeout`. */
  async authorize(request: AuthorizeRequest): Promise<AuthorizeResponse> {
    const stream = this.streams[this.turn++ % STREAMS];
    const answer = await stream?.send((requestId) => ({ requestId, request }));
    if (answer?.response) return answer.response;
    throw codedError(answer?.code, answer?.error);
  }

  close(): void {
    for (const stream of this.streams) stream.close();
    this.client.close();
  }

  /** The ledger of accounting beside the sessions there are; with `sessionId` only of that one. */
  auditAccounting(sessions: LiveSession[], sessionId = ''): Promise<AuditAccountingResponse> {
    const request = AuditAccountingRequest.fromPartial({ sessionId, live: { sessions } });
    return callUnary(this.client.auditAccounting.bind(this.client), request, { timeoutMs: AUDIT_MS });
  }
}
