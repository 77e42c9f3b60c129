import type { ServerResponse } from 'node:http';
import { AuditResponse } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Route } from '#lib/kernel/ops-server.js';
import type { SubscriberSessions } from './service.js';

/** `GET /audit`: what does not agree with the sessions; `POST /audit/repair`: the same, and mends what can be mended. */
export function auditRoute(sessions: Pick<SubscriberSessions, 'sessionAudit'>): Route {
  const methods: Readonly<Record<string, { method: string; repair: boolean }>> = {
    '/audit': { method: 'GET', repair: false },
    '/audit/repair': { method: 'POST', repair: true },
  };
  return (request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    const row = Object.hasOwn(methods, path) ? methods[path] : undefined;
    if (!row) return false;
    request.resume();
    if (request.method !== row.method) {
      response.setHeader('allow', row.method);
      send(response, 405, failure(new BngError('unimplemented', `${request.method} is not possible here`)));
    } else if (request.headers.origin !== undefined) {
      const error = new BngError('forbidden', 'requests of web pages are refused here; the gateway serves them');
      send(response, error.row.http, failure(error));
    } else {
      sessions.sessionAudit(row.repair).then(
        (answer) => send(response, 200, AuditResponse.toJSON(answer)),
        (thrown) => send(response, BngError.from(thrown).row.http, failure(BngError.from(thrown))),
      );
    }
    return true;
  };
}

const failure = ({ code, message }: BngError) => ({ error: { code, message } });

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(`${JSON.stringify(body)}\n`);
}
