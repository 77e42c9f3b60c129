import type { IncomingMessage, ServerResponse } from 'node:http';
import { BngError } from './errors.js';
import type { Route } from './ops-server.js';

/** One request with its answer and its query. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

/** What a request does. A word in the query beyond `takes` is refused: `dryrun` must not pass as nothing. */
export interface Handler {
  readonly takes?: readonly string[];
  handle(exchange: Exchange): Promise<void>;
}

/** Handlers by path and method. */
export type Handlers = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

/**
 * The handlers as a route. Errors are answered as JSON, `{"error":{"code","message","details"}}`, with the HTTP status of
 * their code; another method is a 405, and a request of a web page of another origin is refused.
 */
export function restRoutes(handlers: Handlers): Route {
  return (request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s);
    const methods = Object.hasOwn(handlers, path) ? handlers[path] : undefined;
    if (!methods) return false;
    const exchange = { request, response, query: new URLSearchParams(query) };
    dispatch(methods, exchange).catch((error) => sendError(response, error));
    return true;
  };
}

async function dispatch(methods: Readonly<Record<string, Handler>>, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const name = request.method ?? '';
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (!method) {
    response.setHeader('allow', Object.keys(methods).join(', '));
    return sendJson(response, 405, {
      error: { code: 'unimplemented', message: `${request.method} is not possible here` },
    });
  }
  if (request.headers.origin !== undefined)
    throw new BngError('forbidden', 'requests of web pages are refused here; the gateway serves them');
  assertKnown(exchange.query, method.takes ?? []);
  await method.handle(exchange);
}

function assertKnown(query: URLSearchParams, takes: readonly string[]): void {
  for (const name of query.keys()) {
    if (!takes.includes(name))
      throw new BngError('invalid_argument', `${name} means nothing here; known: ${takes.join(', ') || 'nothing'}`);
    if (query.getAll(name).length > 1) throw new BngError('invalid_argument', `${name} is given twice`);
  }
}

/** A whole number of the query; 0 when it is absent. */
export function numberOf(query: URLSearchParams, name: string): number {
  const value = query.get(name) ?? '0';
  if (!/^\d{1,15}$/.test(value)) throw new BngError('invalid_argument', `${name} is a number`);
  return Number(value);
}

/** A word of the query that says yes or no; absent is no, alone is yes. */
export function isSet(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value === null || value === 'false') return false;
  if (value === '' || value === 'true') return true;
  throw new BngError('invalid_argument', `${name} is true or false`);
}

/** The body as text; what comes after `maxBytes` is thrown away, as much again before the refusal, so that the client hears why. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else if (bytes > 2 * maxBytes) break;
    }
  } finally {
    request.resume();
  }
  if (bytes > maxBytes) throw new BngError('invalid_argument', `the body has more than ${maxBytes} bytes`);
  return Buffer.concat(chunks).toString('utf8');
}

function sendError(response: ServerResponse, thrown: unknown): void {
  const error = BngError.from(thrown);
  const { errors, ...details } = error.fields;
  const problems = typeof errors === 'string' ? { errors: JSON.parse(errors) as unknown } : {};
  if (response.headersSent) return void response.destroy();
  sendJson(response, error.row.http, { error: { code: error.code, message: error.message, details, ...problems } });
}

/** Answers with JSON; 64-bit numbers go as numbers. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body, (_key, value) => (typeof value === 'bigint' ? Number(value) : value));
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(`${text}\n`);
}
