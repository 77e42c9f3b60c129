import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AaaServiceClient,
  AaaServiceService,
  type AuthorizeManyRequest,
  type AuthorizeManyResponse,
} from '#gen/bng/v1/aaa.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { answerStream } from './answer-stream.js';
import { RequestStream, type RequestStreamOptions } from './request-stream.js';
import { channelCredentials, channelOptions } from './rpc-client.js';

/** A server that counts streams and answers when told. */
class Answers {
  streams = 0;
  ended = 0;
  readonly held: { id: string; answer(): void }[] = [];
  hold = false;
  underWay = 0;
  most = 0;
  private server = new Server();
  port = 0;

  async listen(): Promise<void> {
    const handle = answerStream(() => {
      this.streams++;
      return (one: AuthorizeManyRequest) => this.work(one);
    }, 8);
    this.server.addService(AaaServiceService, {
      authorizeMany: (call: ServerDuplexStream<AuthorizeManyRequest, AuthorizeManyResponse>) => {
        call.on('end', () => this.ended++);
        handle(call);
      },
    });
    this.port = await new Promise((resolve, reject) =>
      this.server.bindAsync(`127.0.0.1:${this.port}`, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    );
  }

  private async work({ requestId, request }: AuthorizeManyRequest): Promise<AuthorizeManyResponse> {
    this.most = Math.max(this.most, ++this.underWay);
    const id = request?.sessionId ?? '';
    if (this.hold) await new Promise<void>((answer) => this.held.push({ id, answer }));
    else await new Promise(setImmediate);
    this.underWay--;
    return { requestId, response: undefined, code: 'not_found', error: id };
  }

  kill(): void {
    this.server.forceShutdown();
    this.server = new Server();
  }
}

describe('requests on a stream', () => {
  let answers: Answers;
  let client: AaaServiceClient;
  let stream: RequestStream<AuthorizeManyRequest, AuthorizeManyResponse>;

  const begin = (options: Partial<RequestStreamOptions> = {}) => {
    stream = new RequestStream(() => client.authorizeMany(), { peer: 'aaa', timeoutMs: 20_000, ...options });
  };
  const ask = (id: string) =>
    stream.send((requestId) => ({ requestId, request: { sessionId: id, identity: undefined, group: '' } }));

  beforeEach(async () => {
    answers = new Answers();
    await answers.listen();
    client = new AaaServiceClient(`127.0.0.1:${answers.port}`, channelCredentials(), channelOptions);
    begin();
  });
  afterEach(() => {
    stream.close();
    client.close();
    answers.kill();
  });

  it('answers leave in any order, each to its request, at most so many at once', async () => {
    answers.hold = true;
    const all = Array.from({ length: 20 }, (_, i) => ask(`s${i}`));
    await waitFor('the first eight', () => answers.held.length === 8, 40_000);
    for (let done = 0; done < 20; done++) {
      await waitFor('one more', () => answers.held.length > 0, 40_000);
      answers.held.pop()?.answer();
    }
    expect((await Promise.all(all)).map(({ error }) => error)).toEqual(all.map((_, i) => `s${i}`));
    expect([answers.streams, answers.most]).toEqual([1, 8]);
  }, 60_000);

  it('a new stream after so many requests, and every answer comes', async () => {
    begin({ maxRequests: 10 });
    const got = await Promise.all(Array.from({ length: 35 }, (_, i) => ask(`s${i}`)));
    expect(got.map(({ error }) => error)).toEqual(got.map((_, i) => `s${i}`));
    expect(answers.streams).toBe(4);
  }, 60_000);

  it('what is under way fails when the far side dies, and the next request finds it again', async () => {
    answers.hold = true;
    const lost = expect(ask('lost')).rejects.toMatchObject({ code: 'unavailable' });
    await waitFor('it is under way', () => answers.held.length === 1, 40_000);
    answers.kill();
    await lost;
    answers.hold = false;
    await answers.listen();
    const again = await waitFor('the far side again', () => ask('again').catch(() => undefined), 20_000);
    expect(again.error).toBe('again');
  }, 60_000);

  it('one that is not answered in time fails alone', async () => {
    begin({ timeoutMs: 300 });
    answers.hold = true;
    await expect(ask('late')).rejects.toMatchObject({ code: 'timeout' });
    answers.hold = false;
    expect((await ask('next')).error).toBe('next');
    expect(answers.streams).toBe(1);
  }, 60_000);

  it('a stream with nothing to do is ended, so that it holds up nobody', async () => {
    await ask('first');
    await waitFor('its end', () => answers.ended === 1, 40_000);
    await ask('second');
    expect(answers.streams).toBe(2);
  }, 60_000);
});
