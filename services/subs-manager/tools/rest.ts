import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SessionState, SubscriberFilter } from '#gen/bng/v1/subs.js';
import {
  ExportRequest_Format,
  FindResponse,
  RateSample,
  TopRequest_Order,
  TopResponse,
} from '#gen/bng/v1/subs_tools.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Route } from '#lib/kernel/ops-server.js';
import { type Exchange, type Handlers, numberOf, restRoutes, sendJson } from '#lib/kernel/rest.js';
import { sessionStates, stateName } from '../session/state-machine.js';
import type { SubscriberTools } from './tools.js';

const filterWords = ['state', 'mac', 'ipv4', 'ipv6', 'user', 'line', 'outerVlan', 'innerVlan'];

/**
 * SubscriberToolsService over HTTP, answers as its messages in JSON: `GET /subscribers/find` (`text`, `limit`),
 * `/subscribers/top` (`by`: down, up, both; `limit`, filter), `/subscribers/rate` (`key`; server-sent events for who accepts
 * them, else a JSON document a line), `/subscribers/export` (`format`: csv, json; filter).
 */
export function toolRoutes(tools: SubscriberTools): Route {
  const handlers: Handlers = {
    '/subscribers/find': { GET: { takes: ['text', 'limit'], handle: (exchange) => find(tools, exchange) } },
    '/subscribers/top': { GET: { takes: ['by', 'limit', ...filterWords], handle: (exchange) => top(tools, exchange) } },
    '/subscribers/rate': { GET: { takes: ['key'], handle: (exchange) => rate(tools, exchange) } },
    '/subscribers/export': {
      GET: { takes: ['format', ...filterWords], handle: (exchange) => exportAll(tools, exchange) },
    },
  };
  return restRoutes(handlers);
}

async function find(tools: SubscriberTools, { response, query }: Exchange): Promise<void> {
  const found = await tools.find({ text: query.get('text') ?? '', limit: numberOf(query, 'limit') });
  sendJson(response, 200, FindResponse.toJSON(found));
}

async function top(tools: SubscriberTools, { response, query }: Exchange): Promise<void> {
  const by = query.get('by') ?? 'both';
  const orders = { both: TopRequest_Order.UNSPECIFIED, down: TopRequest_Order.DOWN, up: TopRequest_Order.UP };
  const order = Object.entries(orders).find(([name]) => name === by)?.[1];
  if (order === undefined) throw new BngError('invalid_argument', 'by is down, up or both');
  const found = await tools.top({ order, limit: numberOf(query, 'limit'), filter: filterOf(query) });
  sendJson(response, 200, TopResponse.toJSON(found));
}

async function exportAll(tools: SubscriberTools, { response, query }: Exchange): Promise<void> {
  const name = query.get('format') ?? 'csv';
  const formats = { csv: ExportRequest_Format.CSV, json: ExportRequest_Format.JSON };
  const format = Object.entries(formats).find(([known]) => known === name)?.[1];
  if (format === undefined) throw new BngError('invalid_argument', 'format is csv or json');
  const type = name === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/json; charset=utf-8';
  const headers = { 'content-type': type, 'content-disposition': `attachment; filename="subscribers.${name}"` };
  await send(response, tools.export(filterOf(query), format), headers);
}

async function rate(tools: SubscriberTools, { request, response, query }: Exchange): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const events = acceptsEvents(request);
  const samples = tools.watchRate(query.get('key') ?? '', gone.signal);
  const type = events ? 'text/event-stream; charset=utf-8' : 'application/x-ndjson; charset=utf-8';
  await send(response, sampleTexts(samples, events), { 'content-type': type, 'cache-control': 'no-store' });
}

const acceptsEvents = ({ headers }: IncomingMessage): boolean => headers.accept?.includes('text/event-stream') ?? false;

/** Samples as text; the end of the session is the last event. */
async function* sampleTexts(samples: AsyncGenerator<RateSample>, events: boolean): AsyncGenerator<string> {
  let told = false;
  try {
    for await (const sample of samples) {
      told = true;
      const text = JSON.stringify(RateSample.toJSON(sample));
      yield events ? `data: ${text}\n\n` : `${text}\n`;
    }
  } catch (thrown) {
    const { code, message } = BngError.from(thrown);
    if (!told || code !== 'not_found') throw thrown;
    const text = JSON.stringify({ end: message });
    yield events ? `event: end\ndata: ${text}\n\n` : `${text}\n`;
  }
}

/** A text in pieces as the body, no faster than it is read. What goes wrong before the first piece is still told as an error. */
async function send(
  response: ServerResponse,
  pieces: AsyncGenerator<string>,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const first = await pieces.next();
  response.writeHead(200, headers);
  const all = async function* () {
    if (!first.done) yield first.value;
    yield* pieces;
  };
  // A reader that goes away is no error of ours.
  await pipeline(Readable.from(all()), response).catch(() => {});
}

function filterOf(query: URLSearchParams): SubscriberFilter {
  const text = (name: string) => query.get(name) ?? '';
  return SubscriberFilter.fromPartial({
    state: stateOf(text('state')),
    mac: text('mac'),
    ipv4: text('ipv4'),
    ipv6: text('ipv6'),
    userName: text('user'),
    line: text('line'),
    outerVlan: numberOf(query, 'outerVlan'),
    innerVlan: numberOf(query, 'innerVlan'),
  });
}

function stateOf(name: string): SessionState {
  if (name === '') return SessionState.UNSPECIFIED;
  const found = sessionStates.find((state) => stateName(state) === name);
  if (found === undefined)
    throw new BngError('invalid_argument', `state is one of ${sessionStates.map(stateName).join(', ')}`);
  return found;
}
