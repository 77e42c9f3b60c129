import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AccessIdentity } from '#gen/bng/v1/aaa.js';
import {
  ListSubscribersRequest,
  SessionEvent,
  SessionEvent_Kind,
  SubscriberFilter,
  SubscriberServiceClient,
} from '#gen/bng/v1/subs.js';
import { systemClock } from '#lib/kernel/clock.js';
import { StateHolder } from '#lib/kernel/lifecycle.js';
import { callUnary, channelCredentials, readStream } from '#lib/kernel/rpc-client.js';
import { RpcServer } from '#lib/kernel/rpc-server.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { subscriberApi } from './api.js';
import { type ServiceParts, SubscriberSessions } from './service.js';
import { EventFeed } from './session/event-feed.js';
import { newSession, type Session, toMessage } from './session/session.js';
import { SessionIds } from './session/session-id.js';
import { SessionIndex } from './session/session-index.js';

const ids = new SessionIds(systemClock);
let index = new SessionIndex();
const feed = new EventFeed();
const state = new StateHolder();
const service = new SubscriberSessions({
  get index() {
    return index;
  },
  feed,
  state,
} as unknown as ServiceParts);
const server = new RpcServer('127.0.0.1:0', state, [subscriberApi(service)]);
let client: SubscriberServiceClient;

function add(number: number): Session {
  const line = { name: `access.100.${number}`, outerVlan: 100, innerVlan: number };
  const mac = `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`;
  const session = newSession(
    ids.next(),
    {
      identity: AccessIdentity.fromPartial({ mac, line }),
      place: line.name,
      addressKey: line.name,
      group: 'g',
    },
    0,
  );
  index.add(session);
  return session;
}
const page = (pageToken: string, pageSize: number) =>
  callUnary(client.list.bind(client), ListSubscribersRequest.fromPartial({ pageToken, pageSize }));

beforeAll(async () => {
  await server.start();
  client = new SubscriberServiceClient(`127.0.0.1:${server.port}`, channelCredentials());
});
afterAll(async () => {
  client.close();
  await server.stop();
});
beforeEach(() => {
  index = new SessionIndex();
});

describe('List', () => {
  it('neither repeats nor leaves out who stays, whoever comes and goes between two pages', async () => {
    const sessions = Array.from({ length: 30 }, (_, number) => add(number + 1));
    const seen: string[] = [];
    let token = '';
    do {
      const answer = await page(token, 7);
      seen.push(...answer.sessions.map(({ sessionId }) => sessionId));
      token = answer.nextPageToken;
      const last = sessions.find(({ id }) => id === token);
      for (const session of last ? [last] : []) index.move(session, 'abandon');
      add(100 + seen.length);
    } while (token !== '');
    expect(new Set(seen).size).toBe(seen.length);
    for (const { id } of sessions) expect(seen).toContain(id);
  });

  it.each([
    [0, 100],
    [5000, 1000],
  ])('gives at most a page when %i are asked for', async (pageSize, expected) => {
    for (let number = 0; number < 1005; number++) add(number);
    const answer = await page('', pageSize);
    expect([answer.sessions.length, answer.total]).toEqual([expected, 1005]);
    expect(answer.nextPageToken).toBe(answer.sessions.at(-1)?.sessionId);
  });

  it('has an end', async () => {
    add(1);
    expect(await page('', 1)).toMatchObject({ nextPageToken: '', total: 1 });
    expect(await page('zzz', 1)).toMatchObject({ sessions: [], nextPageToken: '', total: 1 });
  });
});

describe('Watch', () => {
  const event = (session: Session, sequence: bigint) =>
    SessionEvent.fromPartial({
      id: `${session.id}-${sequence}`,
      kind: SessionEvent_Kind.UP,
      session: toMessage(session),
    });

  it('tells what fits the filter, as it happens, and ends with its reader', async () => {
    const [mine, other] = [add(7), add(8)];
    const stream = client.watch({ filter: SubscriberFilter.fromPartial({ line: 'access.100.7' }) });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { id } of readStream(stream)) seen.push(id);
    })().catch(() => {});
    await waitFor('the first', () => {
      feed.publish(event(other, 1n));
      feed.publish(event(mine, 1n));
      return seen.length > 0;
    });
    feed.publish(event(mine, 2n));
    await waitFor('the second', () => seen.includes(`${mine.id}-2`));
    expect(seen.filter((id) => id.startsWith(other.id))).toEqual([]);
    stream.cancel();
    await reading;
    await waitFor('nobody watching', () => feed.size === 0);
  });

  it('refuses a filter that is none, and lives on', async () => {
    const wrong = client.watch({ filter: SubscriberFilter.fromPartial({ ipv4: 'nonsense' }) });
    await expect(readStream(wrong).next()).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(await page('', 1)).toMatchObject({ total: 0 });
  });
});
