import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../../test/harness/wait-for.js';
import { attribute } from './attribute-row.js';
import { attributes, ErrorCause } from './attributes.js';
import { RadiusClient } from './client.js';
import { Code } from './codes.js';
import { type IncomingRequest, type ListenerOptions, RadiusListener, type Reply } from './listener.js';
import { encodeRequest } from './message.js';

const secret = Buffer.from('coa-secret');
const ack: Reply = { code: Code.coaAck, attributes: [] };
const nak: Reply = {
  code: Code.coaNak,
  attributes: [attribute(attributes.errorCause, ErrorCause.sessionContextNotFound)],
};
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function listen(
  handle: (request: IncomingRequest) => Promise<Reply>,
  options: Partial<ListenerOptions> = {},
): Promise<{ listener: RadiusListener; discards: string[] }> {
  const discards: string[] = [];
  const listener = new RadiusListener({
    address: '127.0.0.1',
    port: 0,
    clients: [{ name: 'billing', prefix: '127.0.0.0/8', secret }],
    codes: [Code.coaRequest, Code.disconnectRequest],
    handle,
    observer: { discarded: (reason) => discards.push(reason) },
    ...options,
  });
  await listener.start();
  open.push(() => listener.stop());
  return { listener, discards };
}

async function rawSender(port: number): Promise<{ send(bytes: Buffer): void; received: Buffer[] }> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  open.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  const received: Buffer[] = [];
  socket.on('message', (bytes) => received.push(bytes));
  return { send: (bytes) => socket.send(bytes, port, '127.0.0.1'), received };
}

const request = (
  options: { identifier?: number; secret?: Buffer; at?: number; signed?: boolean; code?: 1 | 43 } = {},
) =>
  encodeRequest({
    code: options.code ?? Code.coaRequest,
    identifier: options.identifier ?? 1,
    secret: options.secret ?? secret,
    messageAuthenticator: options.signed ?? true,
    attributes: [
      attribute(attributes.acctSessionId, 's1'),
      ...(options.at === undefined ? [] : [attribute(attributes.eventTimestamp, options.at)]),
    ],
  }).bytes;

describe('RadiusListener', () => {
  it('answers with Proxy-State in order, verified by our client', async () => {
    const { listener } = await listen(async () => nak);
    const servers = [{ name: 'nas', host: '127.0.0.1', port: listener.port, secret }];
    const client = new RadiusClient({ servers, requireMessageAuthenticatorElsewhere: true });
    await client.start();
    open.push(() => client.stop());
    const outcome = await client.exchange(Code.coaRequest, [
      attribute(attributes.proxyState, Buffer.from('one')),
      attribute(attributes.acctSessionId, 's1'),
      attribute(attributes.proxyState, Buffer.from('two')),
    ]);
    expect(outcome.kind).toBe('refused');
    const list = outcome.kind === 'refused' ? outcome.attributes : undefined;
    expect(list?.value(attributes.errorCause)).toBe(503);
    expect(list?.all(attributes.proxyState)).toEqual([
      { ok: true, value: Buffer.from('one') },
      { ok: true, value: Buffer.from('two') },
    ]);
  });

  it('works once on a retransmission and answers it again from the cache', async () => {
    let finish = () => {};
    let calls = 0;
    const { listener, discards } = await listen(() => {
      calls++;
      return new Promise((resolve) => {
        finish = () => resolve(ack);
      });
    });
    const sender = await rawSender(listener.port);
    sender.send(request());
    sender.send(request());
    await waitFor('a duplicate in progress', () => discards.includes('duplicate-in-progress'));
    finish();
    await waitFor('the answer', () => sender.received.length === 1);
    sender.send(request());
    await waitFor('the answer again', () => sender.received.length === 2);
    expect(sender.received[1]).toEqual(sender.received[0]);
    expect(calls).toBe(1);
  });

  const nowS = Math.floor(Date.now() / 1000);
  it.each([
    ['another secret', request({ secret: Buffer.from('guess') }), 'bad-authenticator'],
    ['no Message-Authenticator', request({ signed: false }), 'missing-message-authenticator'],
    ['an Event-Timestamp of ten minutes ago', request({ at: nowS - 600 }), 'stale-timestamp'],
    ['an Event-Timestamp ahead', request({ at: nowS + 600 }), 'stale-timestamp'],
    ['a code it does not serve', request({ code: 1 }), 'unexpected-code'],
    ['a cut packet', request().subarray(0, 30), 'length'],
    ['nothing', Buffer.alloc(0), 'unexpected-code'],
  ])('is silent on %s', async (_, bytes, reason) => {
    const { listener, discards } = await listen(async () => ack);
    const sender = await rawSender(listener.port);
    sender.send(bytes);
    await waitFor('the count', () => discards.length === 1);
    sender.send(request({ identifier: 2, at: nowS }));
    await waitFor('an answer to a good request', () => sender.received.length === 1);
    expect(discards).toEqual([reason]);
    expect(sender.received[0]?.[1]).toBe(2);
  });

  it('is silent to strangers and takes unsigned requests where the client is allowed to', async () => {
    const stranger = await listen(async () => ack, { clients: [{ name: 'x', prefix: '10.0.0.1', secret }] });
    const sender = await rawSender(stranger.listener.port);
    sender.send(request());
    await waitFor('the count', () => stranger.discards.includes('unknown-client'));
    const lax = await listen(async () => ack, {
      clients: [{ name: 'old', prefix: '127.0.0.1', secret, requireMessageAuthenticator: false }],
    });
    const old = await rawSender(lax.listener.port);
    old.send(request({ signed: false }));
    await waitFor('the answer', () => old.received.length === 1);
  });

  it('survives a failing handler, and the retransmission is worked on', async () => {
    let calls = 0;
    const { listener, discards } = await listen(async () => {
      calls++;
      if (calls === 1) throw new Error('broken');
      return ack;
    });
    const sender = await rawSender(listener.port);
    sender.send(request());
    await waitFor('the failure', () => discards.includes('handler-failed'));
    sender.send(request());
    await waitFor('the answer', () => sender.received.length === 1);
    expect(calls).toBe(2);
  });

  it('drains: answers what it took, takes nothing more', async () => {
    let finish = () => {};
    const { listener } = await listen(
      () =>
        new Promise((resolve) => {
          finish = () => resolve(ack);
        }),
    );
    const sender = await rawSender(listener.port);
    sender.send(request());
    const noop = finish;
    await waitFor('the request', () => finish !== noop);
    const drained = listener.drain();
    finish();
    await drained;
    await waitFor('the answer', () => sender.received.length === 1);
  });
});
