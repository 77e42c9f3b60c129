import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Component, StateHolder } from './lifecycle.js';
import type { Registry } from './metrics.js';

/** Splits `host:port`; IPv6 hosts stand in brackets. */
export function splitHostPort(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}

/** A route of a service's own; returns false when the request is not for it. */
export type Route = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * HTTP for operation: `/healthz` (alive), `/readyz` (ready to work, degraded or not, else 503 with the state), `/metrics`,
 * and routes of the service's own before them.
 */
export class OpsServer implements Component {
  readonly name = 'ops';
  private readonly server: Server;

  constructor(
    private readonly listen: string,
    private readonly state: StateHolder,
    private readonly registry: Registry,
    private readonly routes: readonly Route[] = [],
    /** What is not as it should be while the service works: told by `/readyz`, one line each. */
    private readonly degraded: () => readonly string[] = () => [],
  ) {
    this.server = createServer(this.handle);
  }

  get port(): number {
    return (this.server.address() as AddressInfo | null)?.port ?? 0;
  }

  async start(): Promise<void> {
    const { host, port } = splitHostPort(this.listen);
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => resolve());
    });
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private readonly handle: RequestListener = (request, response) => {
    if (this.routed(request, response)) return;
    const path = request.url?.split('?')[0];
    if (path === '/healthz') return this.text(response, 200, 'ok\n');
    if (path === '/readyz') return this.ready(response);
    if (path !== '/metrics') return this.text(response, 404, 'not found\n');
    this.registry.metrics().then(
      (body) => this.text(response, 200, body, this.registry.contentType),
      (error) => this.text(response, 500, `${String(error)}\n`),
    );
  };

  /** A route that throws costs its caller an answer, not the process its life. */
  private routed(request: IncomingMessage, response: ServerResponse): boolean {
    try {
      return this.routes.some((route) => route(request, response));
    } catch {
      if (!response.headersSent) this.text(response, 500, 'internal error\n');
      else response.destroy();
      return true;
    }
  }

  private ready(response: ServerResponse): void {
    const { state } = this.state;
    const lines = [state, ...this.degraded().map((what) => `degraded: ${what}`)];
    this.text(response, state === 'ready' ? 200 : 503, `${lines.join('\n')}\n`);
  }

  private text(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
    response.writeHead(status, { 'content-type': type });
    response.end(body);
  }
}
