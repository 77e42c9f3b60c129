import {
  type AaaServiceServer,
  AaaServiceService,
  type AuthorizeManyRequest,
  type AuthorizeManyResponse,
  type AuthorizeRequest,
  type AuthorizeResponse,
} from '#gen/bng/v1/aaa.js';
import { answerStream, ended } from '#lib/kernel/answer-stream.js';
import { BngError } from '#lib/kernel/errors.js';
import { type RpcService, unary } from '#lib/kernel/rpc-server.js';
import type { AccountingAudit } from './audit.js';
import { toResponse } from './decision.js';
import type { NodeAccounting } from './node-accounting.js';
import type { Authorizer } from './service.js';

/** Requests of one stream that are worked on at once: silent servers hold each for many seconds. */
const MANY_AT_ONCE = 10_000;

async function answerOne(
  { requestId, request }: AuthorizeManyRequest,
  authorize: (request: AuthorizeRequest) => Promise<AuthorizeResponse>,
): Promise<AuthorizeManyResponse> {
  const { value, code, error } = await ended(async () => {
    if (!request) throw new BngError('invalid_argument', 'request is missing', { field: 'request' });
    return authorize(request);
  });
  return { requestId, response: value, code, error };
}

/** AaaService. */
export function aaaApi(authorizer: Authorizer, audit: AccountingAudit, node: NodeAccounting): RpcService {
  const authorize = async ({ sessionId, identity, group }: AuthorizeRequest): Promise<AuthorizeResponse> => {
    if (!identity) throw new BngError('invalid_argument', 'identity is missing', { field: 'identity' });
    if (!sessionId) throw new BngError('invalid_argument', 'session_id is missing', { field: 'session_id' });
    return toResponse(await authorizer.authorize(sessionId, identity, group));
  };
  const handlers: AaaServiceServer = {
    authorize: unary(authorize),
    authorizeMany: answerStream(() => (one) => answerOne(one, authorize), MANY_AT_ONCE),
    accountingOff: unary(async () => {
      await node.off();
      return {};
    }),
    auditAccounting: unary((request) => audit.run(request)),
    servers: unary(() => ({
      servers: authorizer.servers().map((server) => ({
        ...server,
        requests: BigInt(server.requests),
        timeouts: BigInt(server.timeouts),
      })),
    })),
  };
  return { definition: AaaServiceService, handlers };
}
