import type { Route } from '#lib/kernel/ops-server.js';
import type { Exporter } from './service.js';

/** `/metrics` of the whole node, in place of the process's own. */
export const metricsRoute =
  (exporter: Pick<Exporter, 'gather'>): Route =>
  (request, response) => {
    if (request.url?.split('?')[0] !== '/metrics') return false;
    exporter.gather().then(
      (body) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body),
      (error) => response.writeHead(500, { 'content-type': 'text/plain' }).end(`${String(error)}\n`),
    );
    return true;
  };
