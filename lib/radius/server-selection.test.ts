import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type FreeRadius, startFreeRadius } from '../../test/harness/freeradius.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { attribute } from './attribute-row.js';
import { attributes } from './attributes.js';
import { RadiusClient, type RadiusClientOptions } from './client.js';
import { Code } from './codes.js';
import { waitsMs } from './retransmission.js';
import { RoundTripEstimate } from './round-trip.js';
import { candidates, Server, type ServerOptions } from './server-list.js';

const options = (name: string, weight?: number): ServerOptions => ({
  name,
  host: '192.0.2.1',
  port: 1812,
  secret: Buffer.from('s'),
  ...(weight !== undefined && { weight }),
});
const names = (servers: readonly Server[]) => servers.map(({ name }) => name);

describe('weights', () => {
  it('share the requests exactly, evenly spread, and order the rest by weight', () => {
    const servers = [new Server(options('a', 5)), new Server(options('b', 1)), new Server(options('c', 1))];
    const turns = Array.from({ length: 7 }, () => candidates(servers, 0));
    expect(turns.map(([first]) => first?.name).join('')).toBe('aabacaa');
    expect(names(turns[2] ?? [])).toEqual(['b', 'a', 'c']);
  });

  it('leave a dead server to the last, and one of weight 0 until no other lives', () => {
    const [a, spare, b] = [new Server(options('a', 2)), new Server(options('spare', 0)), new Server(options('b', 2))];
    const servers = [a, spare, b];
    a.exhausted(0, 0, 1000);
    for (let i = 0; i < 5; i++) expect(names(candidates(servers, 0))).toEqual(['b', 'spare', 'a']);
    b.exhausted(0, 0, 1000);
    expect(names(candidates(servers, 0))).toEqual(['spare', 'a', 'b']);
  });

  it('absent everywhere mean the order of the configuration', () => {
    expect(names(candidates([new Server(options('x')), new Server(options('y'))], 0))).toEqual(['x', 'y']);
  });
});

describe('waits by round trips', () => {
  const timing = { initialMs: 1000, maxMs: 8000, transmissions: 3, adaptiveFloorMs: 100 };
  const noJitter = () => 0.5;
  const total = (waits: readonly number[]) => waits.reduce((sum, wait) => sum + wait, 0);

  it('smooth as RFC 6298 says', () => {
    const estimate = new RoundTripEstimate();
    expect(estimate.timeoutMs).toBeUndefined();
    estimate.add(100);
    expect(estimate.timeoutMs).toBe(300);
    estimate.add(20);
    expect(estimate.timeoutMs).toBeCloseTo(90 + 4 * (0.75 * 50 + 0.25 * 80));
  });

  it.each([
    ['a fast server is asked again after the floor', 3, [100, 200, 6700]],
    ['one of 300 ms after 300', 300, [300, 600, 6100]],
    ['a slow one later than configured', 2500, [2500, 5000, 8000]],
    ['one slower than the cap at the cap', 20_000, [8000, 8000, 8000]],
  ])('%s', (_, expectedMs, waits) => {
    expect(waitsMs(timing, noJitter, expectedMs)).toEqual(waits);
    expect(total(waits)).toBeGreaterThanOrEqual(total(waitsMs(timing, noJitter)));
  });
});

const user = [attribute(attributes.userName, 'access.100.7'), attribute(attributes.userPassword, 'causeway')];
const clientOf = (
  server: FreeRadius,
  more: Partial<RadiusClientOptions> = {},
  perServer: Partial<ServerOptions> = {},
) =>
  new RadiusClient({
    servers: [
      { name: 'f', host: server.listen, port: server.authPort, secret: Buffer.from(server.secret), ...perServer },
    ],
    timing: { initialMs: 100, maxMs: 200, transmissions: 2 },
    ...more,
  });
const openFiles = () => readdirSync('/proc/self/fd').length;

describe('against FreeRADIUS', () => {
  it('finds out by Status-Server that a dead server lives again, without spending a request', async () => {
    const server = await startFreeRadius();
    const states: string[] = [];
    const sent: number[] = [];
    const client = clientOf(server, {
      probeMs: 100,
      deadMs: 600_000,
      observer: { stateChanged: (_, state) => states.push(state), sent: (_, code) => sent.push(code) },
    });
    await client.start();
    server.signal('SIGSTOP');
    expect(await client.exchange(Code.accessRequest, user)).toEqual({ kind: 'timeout' });
    expect(states).toEqual(['dead']);
    server.signal('SIGCONT');
    await waitFor('the server up', () => states.includes('up'), 40_000);
    expect(sent.filter((code) => code === Code.accessRequest)).toHaveLength(2);
    expect(sent).toContain(Code.statusServer);
    expect(await client.exchange(Code.accessRequest, user)).toMatchObject({ kind: 'accept' });
    await client.stop();
    await server.stop();
  }, 60_000);

  it('keeps to the limit of requests outstanding, and serves all', async () => {
    const server = await startFreeRadius();
    const client = clientOf(
      server,
      { timing: { initialMs: 10_000, maxMs: 10_000, transmissions: 2 } },
      { maxOutstanding: 8 },
    );
    await client.start();
    server.signal('SIGSTOP');
    const outcomes = Array.from({ length: 50 }, () => client.exchange(Code.accessRequest, user));
    await waitFor('eight under way', () => client.outstanding === 8);
    server.signal('SIGCONT');
    expect(new Set((await Promise.all(outcomes)).map(({ kind }) => kind))).toEqual(new Set(['accept']));
    expect(client.servers[0]?.outstanding).toBe(0);
    await client.stop();
    await server.stop();
  }, 60_000);

  it('leaves no socket behind, however requests end', async () => {
    const server = await startFreeRadius();
    const before = openFiles();
    for (let round = 0; round < 20; round++) {
      const client = clientOf(server, { probeMs: 50 });
      await client.start();
      const running = Array.from({ length: 20 }, () => client.exchange(Code.accessRequest, user));
      if (round % 2 === 0) await Promise.all(running);
      await client.stop();
      await Promise.all(running);
      expect(client.outstanding).toBe(0);
    }
    expect(openFiles()).toBe(before);
    await server.stop();
  }, 60_000);
});
