import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CliSession } from '#lib/vpp/cli-session.js';
import * as ip from '#lib/vpp/messages/ip.js';
import { waitFor } from '../harness/wait-for.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { loopback, setUp } from './requests.js';
import { RELAY, SERVER } from './service-link.js';

/** In the network of the service link, nobody's. */
const NOBODY = RELAY.replace(/\d+$/, '77');

onEachLane('the CLI socket', (lane) => {
  let it: Subject;
  let cli: CliSession;
  beforeAll(async () => {
    it = await startSubject(lane);
    await it.serviceLink();
    cli = new CliSession(it.cliSocket);
  }, 60_000);
  afterAll(async () => {
    cli.close();
    await it?.stop();
  }, 60_000);

  const ask = (line: string) => cli.ask(line, 5000);
  const ping = (place: string) => ask(`ping ${place} repeat 1 interval 0.4`);

  test('a line is answered, and the next one on the same connection', async () => {
    expect(await ask('show version')).toMatch(/^vpp v26\.06/m);
    expect(await ask('show version')).toMatch(/^vpp v26\.06/);
  });

  test('what VPP does not know', async () => {
    expect(await ask('frobnicate')).toMatch(/unknown input/);
  });

  describe('ping', () => {
    test('a host that answers', async () => {
      await waitFor('an answer', async () => /1 sent, 1 received/.test(await ping(SERVER)), 40_000);
      expect(await ping(SERVER)).toMatch(/bytes from \S+: icmp_seq=1 ttl=64 time=[\d.]+ ms\n/);
    });

    test('one that does not; it takes its interval', async () => {
      const startedMs = performance.now();
      expect(await ping(NOBODY)).toMatch(/Statistics: 1 sent, 0 received/);
      expect(performance.now() - startedMs).toBeGreaterThan(380);
    });

    test('two connections at once: neither waits for the other', async () => {
      const other = new CliSession(it.cliSocket);
      await other.ask('show version', 5000);
      const startedMs = performance.now();
      const slow = ask(`ping ${NOBODY} repeat 1 interval 3`);
      await other.ask('show version', 5000);
      expect(performance.now() - startedMs).toBeLessThan(2500);
      expect(await slow).toMatch(/1 sent, 0 received/);
      other.close();
    });

    test('requests of the binary API go on meanwhile', async () => {
      const slow = ask(`ping ${NOBODY} repeat 1 interval 3`);
      const startedMs = performance.now();
      await it.client.dump(ip.ipTableDump, {});
      expect(performance.now() - startedMs).toBeLessThan(2500);
      await slow;
    });

    test('out of an interface without an address, an unknown one, a table without a way there', async () => {
      const instance = it.unique();
      await setUp(it.client, await loopback(it.client, instance));
      expect(await ping(`${SERVER} source loop${instance}`)).toMatch(/Failed: no source address for egress interface/);
      expect(await ping(`${SERVER} source nosuch0`)).toMatch(/unknown interface/);
      expect(await ping('203.0.113.77 table-id 0')).toMatch(/Failed: no egress interface|0 received/);
      expect(await ping('203.0.113.77 table-id 4711')).toMatch(/Failed: no FIB table/);
    });
  });

  test('hangs up, or does not listen', async () => {
    const nobody = new CliSession(`${it.cliSocket}.not`);
    await expect(nobody.ask('show version', 1000)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/cannot be reached \(ENOENT\)/),
    });
    const short = new CliSession(it.cliSocket);
    await expect(short.ask(`ping ${NOBODY} repeat 1 interval 1`, 200)).rejects.toThrow(/does not answer within 200 ms/);
    expect(await short.ask('show version', 5000)).toMatch(/vpp/);
    short.close();
  });
});
