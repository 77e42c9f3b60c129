import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StateHolder } from './lifecycle.js';
import { Counter, createRegistry } from './metrics.js';
import { OpsServer, splitHostPort } from './ops-server.js';

describe('OpsServer', () => {
  const state = new StateHolder();
  const registry = createRegistry('probe');
  new Counter({ name: 'bng_probe_total', help: 'probes', registers: [registry] }).inc(3);
  const server = new OpsServer('127.0.0.1:0', state, registry, [
    (request, response) => {
      if (request.url === '/broken') throw new Error('a fault of ours');
      if (request.url !== '/own') return false;
      response.end('mine');
      return true;
    },
  ]);
  beforeAll(() => server.start());
  afterAll(() => server.stop());
  const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);

  it('is alive before it is ready', async () => {
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(503);
    state.set('ready');
    expect((await get('/readyz')).status).toBe(200);
  });

  it('serves metrics, own routes, and 404 for the rest', async () => {
    expect(await (await get('/metrics')).text()).toContain('bng_probe_total{service="probe"} 3');
    expect(await (await get('/own')).text()).toBe('mine');
    expect((await get('/else')).status).toBe(404);
  });

  it('answers 500 for a route that throws, and goes on', async () => {
    const broken = await get('/broken');
    expect([broken.status, await broken.text()]).toEqual([500, 'internal error\n']);
    expect((await get('/healthz')).status).toBe(200);
  });

  it.each([
    ['127.0.0.1:80', '127.0.0.1', 80],
    ['[::1]:443', '::1', 443],
  ])('splits %s', (text, host, port) => expect(splitHostPort(text)).toEqual({ host, port }));
});
