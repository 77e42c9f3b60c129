import { type SubscriberServiceServer, SubscriberServiceService } from '#gen/bng/v1/subs.js';
import { answerStream } from '#lib/kernel/answer-stream.js';
import { type RpcService, serverStream, unary } from '#lib/kernel/rpc-server.js';
import { carryOut } from './command-stream.js';
import type { SubscriberSessions } from './service.js';

/** Changes of one stream that are worked on at once. */
const CHANGES_AT_ONCE = 4096;

/** bng.v1.SubscriberService over the use cases. */
export function subscriberApi(sessions: SubscriberSessions): RpcService {
  const handlers: SubscriberServiceServer = {
    list: unary((request) => sessions.list(request)),
    get: unary(({ key }) => sessions.get(key)),
    watch: serverStream(({ filter }, { signal }) => sessions.watch(filter, signal)),
    update: unary((request) => sessions.update(request)),
    disconnect: unary(async (request) => ({ session: await sessions.disconnect(request) })),
    change: answerStream(() => (one) => carryOut(sessions, one), CHANGES_AT_ONCE),
    stats: unary(() => sessions.stats()),
    why: unary(({ key }) => sessions.why(key)),
    audit: unary(({ repair }) => sessions.sessionAudit(repair)),
    auditAddresses: unary(async ({ repair }) => ({ findings: await sessions.auditAddresses(repair) })),
  };
  return { definition: SubscriberServiceService, handlers };
}
