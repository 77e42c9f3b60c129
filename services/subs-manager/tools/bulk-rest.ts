import type { IncomingMessage } from 'node:http';
import {
  BulkJob,
  ListBulkResponse,
  PreviewBulkRequest,
  PreviewBulkResponse,
  StartBulkRequest,
} from '#gen/bng/v1/subs_tools.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Route } from '#lib/kernel/ops-server.js';
import { type Exchange, type Handlers, numberOf, readBody, restRoutes, sendJson } from '#lib/kernel/rest.js';
import type { Bulk } from './bulk.js';

/**
 * Bulk jobs over HTTP; bodies and answers are the messages in JSON: `POST /subscribers/bulk/preview` (PreviewBulkRequest),
 * `POST /subscribers/bulk` (StartBulkRequest), `GET /subscribers/bulk` (`id` for one, `limit`),
 * `POST /subscribers/bulk/cancel` (`id`).
 */
export function bulkRoutes(bulk: Bulk): Route {
  const handlers: Handlers = {
    '/subscribers/bulk/preview': { POST: { handle: (exchange) => previewBulk(bulk, exchange) } },
    '/subscribers/bulk': {
      GET: { takes: ['id', 'limit'], handle: (exchange) => bulkJobs(bulk, exchange) },
      POST: { handle: (exchange) => startBulk(bulk, exchange) },
    },
    '/subscribers/bulk/cancel': { POST: { takes: ['id'], handle: (exchange) => cancelBulk(bulk, exchange) } },
  };
  return restRoutes(handlers);
}

async function previewBulk(bulk: Bulk, { request, response }: Exchange): Promise<void> {
  const { selection } = await jsonBody(request, PreviewBulkRequest);
  sendJson(response, 200, PreviewBulkResponse.toJSON(bulk.preview(selection)));
}

async function startBulk(bulk: Bulk, { request, response }: Exchange): Promise<void> {
  const started = await jsonBody(request, StartBulkRequest);
  sendJson(response, 202, BulkJob.toJSON(await bulk.begin({ ...started, source: 'rest' })));
}

async function bulkJobs(bulk: Bulk, { response, query }: Exchange): Promise<void> {
  const id = query.get('id');
  if (id !== null) return sendJson(response, 200, BulkJob.toJSON(await bulk.get(id)));
  sendJson(response, 200, ListBulkResponse.toJSON({ jobs: await bulk.list(numberOf(query, 'limit')) }));
}

async function cancelBulk(bulk: Bulk, { response, query }: Exchange): Promise<void> {
  sendJson(response, 200, BulkJob.toJSON(await bulk.cancel(query.get('id') ?? '')));
}

interface Codec<T> {
  fromJSON(body: unknown): T;
  toJSON(message: T): unknown;
}

/** The body as a message. A word that means nothing is refused: a filter with a slip in its name would take in everybody. */
async function jsonBody<T>(request: IncomingMessage, codec: Codec<T>): Promise<T> {
  const text = await readBody(request, 65_536);
  let message: T;
  let lost: string | undefined;
  try {
    const body = JSON.parse(text);
    message = codec.fromJSON(body);
    lost = lostWord(body, codec.toJSON(message));
  } catch (error) {
    throw new BngError('invalid_argument', `the body is not the message in JSON: ${BngError.from(error).message}`);
  }
  if (lost !== undefined) throw new BngError('invalid_argument', `${lost} means nothing here`);
  return message;
}

/** The first word of `body` that is not in what was understood of it, as a path; what says nothing may be left out. */
function lostWord(body: unknown, understood: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  for (const [word, value] of Object.entries(body)) {
    const kept = (understood as Record<string, unknown> | undefined)?.[word];
    const empty = value === false || value === 0 || value === '' || value === null;
    if (kept === undefined && !empty) return word;
    const inner = lostWord(value, kept);
    if (inner !== undefined) return `${word}.${inner}`;
  }
  return undefined;
}
