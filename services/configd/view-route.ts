import type { Route } from '#lib/kernel/ops-server.js';

/** `GET path` answers `view` as JSON, as over gRPC; other methods are refused. */
export function viewRoute(path: string, view: () => unknown): Route {
  return (request, response) => {
    if (request.url?.split('?')[0] !== path) return false;
    const allowed = request.method === 'GET';
    response.writeHead(allowed ? 200 : 405, {
      'content-type': 'application/json; charset=utf-8',
      ...(allowed ? {} : { allow: 'GET' }),
    });
    const body = allowed
      ? view()
      : { error: { code: 'unimplemented', message: `${request.method} is not possible here` } };
    response.end(`${JSON.stringify(body)}\n`);
    return true;
  };
}
