import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { documentJsonSchema } from './document/json-schema.js';
import { configRoutes } from './rest.js';
import type { ApplyInput, ConfigService } from './service.js';

const applied: ApplyInput[] = [];
const config = {
  apply: async (input: ApplyInput) => {
    applied.push(input);
    return { version: 0n, etag: 'e', steps: [] };
  },
} as unknown as ConfigService;
let server: Server;
let base = '';
beforeAll(async () => {
  const route = configRoutes(config, { confirm: async (version) => version || 7n });
  server = createServer((request, response) => {
    route(request, response) || response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

describe('the query', () => {
  const post = (query: string) => fetch(`${base}/config/apply${query}`, { method: 'POST', body: 'x: y' });

  it.each([
    ['', false],
    ['?dryRun=true', true],
    ['?dryRun', true],
    ['?dryRun=false&user=me', false],
  ])('of an apply: %s', async (query, dryRun) => {
    expect((await post(query)).status).toBe(200);
    expect(applied.at(-1)).toMatchObject({ files: [{ name: '', text: 'x: y' }], dryRun });
  });

  it.each([
    ['?dryrun=true', /^dryrun means nothing here; known: dryRun, /],
    ['?dryRun=false&dryRun=true', /^dryRun is given twice/],
    ['?dryRun=yes', /^dryRun is true or false/],
  ])('refuses %s before anything is done', async (query, message) => {
    const before = applied.length;
    const response = await post(query);
    const body = (await response.json()) as { error: unknown };
    expect(response.status).toBe(400);
    expect(body.error).toMatchObject({ code: 'invalid_argument', message: expect.stringMatching(message) });
    expect(applied).toHaveLength(before);
  });
});

it.each(['//', '///config', '/%', '*', 'http://[/config'])('takes the path %s for none of its own', async (path) => {
  const { port } = server.address() as AddressInfo;
  const [response] = (await once(get({ host: '127.0.0.1', port, path }), 'response')) as [IncomingMessage];
  response.resume();
  expect(response.statusCode).toBe(404);
});

describe('GET /config/schema', () => {
  it('is the JSON Schema that editors can read from here', async () => {
    const response = await fetch(`${base}/config/schema`);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect([response.status, await response.json()]).toEqual([200, JSON.parse(JSON.stringify(documentJsonSchema()))]);
  });

  it('cannot be written', async () => {
    const response = await fetch(`${base}/config/schema`, { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
  });
});
