import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type QosProfile, QosServiceClient, QosServiceService } from '#gen/bng/v1/qos.js';
import { SessionEvent, SubscriberServiceClient, SubscriberServiceService } from '#gen/bng/v1/subs.js';
import { BngError, type ErrorCode, errorCodes } from './errors.js';
import { StateHolder } from './lifecycle.js';
import { callUnary, channelCredentials, readStream } from './rpc-client.js';
import { RpcServer, serverStream, unary } from './rpc-server.js';

const profile = (name: string): QosProfile => ({ name, version: 1, download: undefined, upload: undefined });

describe('rpc', () => {
  const server = new RpcServer('127.0.0.1:0', new StateHolder(), [
    {
      definition: QosServiceService,
      handlers: {
        getProfile: unary((request: { name: string }) => {
          if (request.name in errorCodes)
            throw new BngError(request.name as ErrorCode, 'as asked', { field: 'name', line: 3 });
          return profile(request.name);
        }),
      },
    },
    {
      definition: SubscriberServiceService,
      handlers: {
        watch: serverStream(async function* () {
          for (let i = 0; i < 5000; i++) yield SessionEvent.fromPartial({ sequence: BigInt(i) });
          throw new BngError('exhausted', 'enough');
        }),
      },
    },
  ]);
  let qos: QosServiceClient;
  let subs: SubscriberServiceClient;
  beforeAll(async () => {
    await server.start();
    qos = new QosServiceClient(`127.0.0.1:${server.port}`, channelCredentials());
    subs = new SubscriberServiceClient(`127.0.0.1:${server.port}`, channelCredentials());
  });
  afterAll(async () => {
    qos.close();
    subs.close();
    await server.stop();
  });

  it('answers', async () => {
    expect(await callUnary(qos.getProfile.bind(qos), { name: 'gold', version: 0 })).toEqual(profile('gold'));
  });

  it.each(Object.keys(errorCodes) as ErrorCode[])('carries %s with its fields to the caller', async (code) => {
    const failure = await callUnary(qos.getProfile.bind(qos), { name: code, version: 0 }).catch((error) => error);
    expect(failure).toBeInstanceOf(BngError);
    expect(failure).toMatchObject({ code, message: 'as asked', fields: { field: 'name', line: 3 } });
  });

  it('delivers a stream in order with back-pressure, then its error', async () => {
    const seen: bigint[] = [];
    const reading = (async () => {
      for await (const event of readStream(subs.watch({ filter: undefined }))) seen.push(event.sequence);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'exhausted' });
    expect(seen).toEqual(Array.from({ length: 5000 }, (_, i) => BigInt(i)));
  }, 60_000);

  it('says unavailable when nobody listens', async () => {
    const nobody = new QosServiceClient('127.0.0.1:1', channelCredentials());
    const call = callUnary(nobody.getProfile.bind(nobody), { name: 'x', version: 0 });
    await expect(call).rejects.toMatchObject({ code: 'unavailable' });
    nobody.close();
  });
});
