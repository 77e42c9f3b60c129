import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { BngError } from '#lib/kernel/errors.js';
import type { Route } from '#lib/kernel/ops-server.js';
import { type Exchange, type Handlers, isSet, numberOf, readBody, restRoutes, sendJson } from '#lib/kernel/rest.js';
import type { ApplyResult } from './apply-result.js';
import type { Confirmation } from './confirmation.js';
import { excerpt } from './diff/excerpt.js';
import { documentJsonSchema } from './document/json-schema.js';
import type { SourceFile } from './document/load-sources.js';
import { maxDocumentLength } from './document/read-yaml.js';
import { historyDefault, historyLimit } from './history-limits.js';
import type { ConfigService } from './service.js';

/** Bytes of a body: a document at its longest in four-byte characters. */
const maxBodyBytes = 4 * maxDocumentLength;

/**
 * `POST /config/apply` (YAML; `dryRun`, `allowSessionLoss`, `confirm` in seconds, `user`, `comment` in the query, the base's
 * etag in If-Match), `POST /config/rollback` (`version`, and the same), `POST /config/confirm` (`version`, `user`),
 * `GET /config/history` (`limit`, or `version` for one whole),
 * `POST /config/plan` (YAML; `messages`),
 * `GET /config` (YAML; `version`), `GET /config/drift` (the same as `GET /config/plan`), `GET /config/schema` (JSON Schema). Answers are JSON except for the document itself.
 */
export function configRoutes(config: ConfigService, confirmation: Pick<Confirmation, 'confirm'>): Route {
  const handlers: Handlers = {
    '/config': { GET: { takes: ['version'], handle: (exchange) => getConfig(config, exchange) } },
    '/config/apply': {
      POST: {
        takes: changeWords,
        handle: (exchange) => apply(config, exchange),
      },
    },
    '/config/rollback': {
      POST: { takes: [...changeWords, 'version'], handle: (exchange) => rollback(config, exchange) },
    },
    '/config/confirm': {
      POST: { takes: ['version', 'user'], handle: (exchange) => confirm(confirmation, exchange) },
    },
    '/config/history': { GET: { takes: ['limit', 'version'], handle: (exchange) => history(config, exchange) } },
    '/config/drift': { GET: { handle: async ({ response }) => sendSteps(response, await config.drift()) } },
    '/config/plan': {
      GET: { handle: async ({ response }) => sendSteps(response, await config.drift()) },
      POST: { takes: ['messages'], handle: (exchange) => plan(config, exchange) },
    },
    '/config/schema': { GET: { handle: async ({ response }) => sendJson(response, 200, documentJsonSchema()) } },
  };
  return restRoutes(handlers);
}

async function plan(config: ConfigService, { request, response, query }: Exchange): Promise<void> {
  sendSteps(response, await config.plan(await readFiles(request), { messages: isSet(query, 'messages') }));
}

async function getConfig(config: ConfigService, { response, query }: Exchange): Promise<void> {
  const stored = await config.get(BigInt(numberOf(query, 'version')));
  response.writeHead(200, {
    'content-type': 'application/yaml; charset=utf-8',
    etag: `"${stored.etag}"`,
    'x-config-version': String(stored.version),
  });
  response.end(stored.yaml);
}

async function apply(config: ConfigService, exchange: Exchange): Promise<void> {
  sendApplied(exchange, await config.apply({ ...changeOf(exchange), files: await readFiles(exchange.request) }));
}

async function rollback(config: ConfigService, exchange: Exchange): Promise<void> {
  const version = BigInt(numberOf(exchange.query, 'version'));
  sendApplied(exchange, await config.rollback({ ...changeOf(exchange), version }));
}

async function confirm(confirmation: Pick<Confirmation, 'confirm'>, { response, query }: Exchange): Promise<void> {
  const version = await confirmation.confirm(BigInt(numberOf(query, 'version')), query.get('user') ?? '');
  sendJson(response, 200, { version });
}

async function history(config: ConfigService, { response, query }: Exchange): Promise<void> {
  if (query.has('version')) return sendJson(response, 200, await config.show(BigInt(numberOf(query, 'version'))));
  const limit = Math.min(numberOf(query, 'limit') || historyDefault, historyLimit);
  sendJson(response, 200, { entries: await config.history(limit) });
}

/** Words of the query of all that changes the configuration. */
const changeWords = ['dryRun', 'user', 'comment', 'allowSessionLoss', 'confirm'];

const changeOf = ({ request, query }: Exchange) => ({
  dryRun: isSet(query, 'dryRun'),
  baseEtag: (request.headers['if-match'] ?? '').replace(/^(W\/)?"(.*)"$/, '$2'),
  user: query.get('user') ?? '',
  source: 'rest',
  peer: request.socket.remoteAddress ?? '',
  comment: query.get('comment') ?? '',
  allowSessionLoss: isSet(query, 'allowSessionLoss'),
  confirmS: numberOf(query, 'confirm'),
});

function sendApplied({ response }: Exchange, result: ApplyResult): void {
  response.setHeader('etag', `"${result.etag}"`);
  const changed = result.steps.length > 0;
  sendSteps(response, Object.assign({ changed }, result));
}

const sendSteps = (response: ServerResponse, result: Pick<ApplyResult, 'steps'>): void =>
  sendJson(response, 200, { ...result, steps: result.steps.map(excerpt) });

const filesSchema = z.strictObject({ files: z.array(z.strictObject({ name: z.string(), text: z.string() })).min(1) });

/** The body as YAML, or with `content-type: application/json` several files: `{"files":[{"name":"base.yaml","text":"..."}]}`. */
async function readFiles(request: IncomingMessage): Promise<readonly SourceFile[]> {
  const text = await readBody(request, maxBodyBytes);
  if (!request.headers['content-type']?.startsWith('application/json')) return [{ name: '', text }];
  const parsed = filesSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data.files;
  throw new BngError('invalid_argument', 'as JSON the body is {"files":[{"name":"...","text":"..."}]}');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
