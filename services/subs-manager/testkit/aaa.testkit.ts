import { Server, ServerCredentials } from '@grpc/grpc-js';
import {
  AaaServiceService,
  AuditAccountingResponse,
  type AuthorizeManyRequest,
  type AuthorizeManyResponse,
  type AuthorizeRequest,
  AuthorizeResponse,
  AuthorizeResponse_Result,
  type DeepPartial,
} from '#gen/bng/v1/aaa.js';
import { answerStream, ended } from '#lib/kernel/answer-stream.js';
import { unary } from '#lib/kernel/rpc-server.js';

/** aaa as far as subs-manager uses it: real gRPC, answers from a function. */
export class AaaDouble {
  readonly asked: AuthorizeRequest[] = [];
  /** Of every session, for audits. */
  lastSequence = 1n;
  private readonly server = new Server();
  port = 0;

  constructor(
    /** The answer; what it leaves out is that of a plain Accept. It may throw or wait. */
    public answer: (
      request: AuthorizeRequest,
    ) => DeepPartial<AuthorizeResponse> | Promise<DeepPartial<AuthorizeResponse>> = () => ({}),
  ) {}

  async start(): Promise<void> {
    this.server.addService(AaaServiceService, {
      authorizeMany: answerStream(() => (one: AuthorizeManyRequest) => this.reply(one), 1000),
      auditAccounting: unary(() => AuditAccountingResponse.fromPartial({ lastSequence: this.lastSequence })),
      servers: unary(() => ({ servers: [] })),
    });
    this.port = await new Promise<number>((resolve, reject) =>
      this.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    );
  }

  private async reply({ requestId, request }: AuthorizeManyRequest): Promise<AuthorizeManyResponse> {
    if (request === undefined) throw new Error('a request without a request');
    this.asked.push(request);
    const { value, code, error } = await ended(async () =>
      AuthorizeResponse.fromPartial({
        result: AuthorizeResponse_Result.ACCEPT,
        userName: request.identity?.line?.name ?? '',
        ...(await this.answer(request)),
      }),
    );
    return { requestId, response: value, code, error };
  }

  stop(): void {
    this.server.forceShutdown();
  }
}
