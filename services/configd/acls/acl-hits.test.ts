import { describe, expect, test } from '@jest/globals';
import { createRegistry } from '#lib/kernel/metrics.js';
import { compileDocument } from '../document/compile.js';
import { loadDocument } from '../document/load-document.js';
import type { Recorded } from '../reconcile/recorded.js';
import { AclHits } from './acl-hits.js';
import { aclAnswer, aclMetrics } from './acl-views.js';
import { WrittenRules } from './written-rules.js';

const text = `interfaces:
  access: { hostInterface: { device: a }, subInterfaces: [{ vlan: 1-3, acl: { in: [web], out: [web, rest] } }] }
acls:
  web:
    rules:
      - { name: mail, action: deny, proto: tcp, dstPorts: [25, 587] }
      - permit tcp 192.0.2.0/24 any port 80,443 established
      - { action: reflect, proto: icmp, icmpType: 8 }
  rest: { rules: [permit any any any] }
`;

function hitsOf(document: string, matches: Record<string, number[]>, written = document) {
  const loaded = loadDocument(document);
  const before = loadDocument(written);
  if (!loaded.ok || !before.ok) throw new Error('document');
  const acls = before.model.document.acls;
  const resources = compileDocument(loaded.model, { name: 'test' });
  const names = resources.filter(({ kind }) => kind === 'acl').map(({ key }) => key);
  const records = new Map<string, Recorded>(
    resources.map((one) => [one.key, { resource: one, handle: { index: names.indexOf(one.key) }, needs: [] }]),
  );
  const writtenRules = new WrittenRules();
  const countOf = (packets: number) => ({ packets: BigInt(packets), bytes: BigInt(packets * 100) });
  return new AclHits({
    recorded: {
      keys: () => records.keys(),
      get: (key) => records.get(key),
      dependents: () => new Set(names.length > 0 ? [...records.keys()].filter((key) => /^acl-list/.test(key)) : []),
    },
    stats: {
      aclMatches: async (indexes) =>
        indexes.map((index) => (matches[(names[index] ?? '').slice('acl/'.length)] ?? []).map(countOf)),
    },
    written: (name) => (Object.hasOwn(acls, name) ? writtenRules.of(acls[name]?.rules ?? []) : undefined),
  });
}

const someMatches = { web: [1, 2, 3, 4, 5, 6, 7, 8, 9, 1000], rest: [7, 0, 0] };

describe('matches of rules', () => {
  test('are told by what was written, the rules that it became together', async () => {
    const hits = hitsOf(text, someMatches);
    expect(await hits.show('web')).toEqual([
      { position: 1, name: 'mail', text: 'deny tcp any any port 25,587', packets: 10n, bytes: 1000n },
      {
        position: 2,
        name: '',
        text: 'permit tcp 192.0.2.0/24 any port 80,443 established',
        packets: 26n,
        bytes: 2600n,
      },
      { position: 3, name: '', text: 'reflect icmp any any type 8', packets: 9n, bytes: 900n },
    ]);
  });

  test("are told by VPP's own rules when VPP holds others than those written", async () => {
    const written = text.replace('dstPorts: [25, 587]', 'dstPorts: 25');
    expect(await hitsOf(text, someMatches, written).show('web')).toHaveLength(9);
  });

  test('sum up by list, with the interfaces that it stands on', async () => {
    const hits = hitsOf(text, someMatches);
    expect(await hits.list()).toEqual([
      { name: 'rest', rules: 1, in: 0, out: 3, packets: 7n, bytes: 700n },
      { name: 'web', rules: 3, in: 3, out: 3, packets: 45n, bytes: 4500n },
    ]);
    expect(hits.counting).toBe(true);
    expect(hitsOf(`${text}aclCounters: false\n`, {}).counting).toBe(false);
  });

  test('of a list that VPP does not hold', async () => {
    await expect(hitsOf(text, {}).show('wbe')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('come in parts, and without the silent rules when asked so', async () => {
    const rules = Array.from({ length: 25_000 }, (_, i) => `permit udp 10.${i >> 8}.${i & 255}.0/24 any`).join(', ');
    const hits = hitsOf(`acls: { web: { rules: [${rules}] } }\n`, {
      web: Array.from({ length: 25_001 }, (_, i) => i % 2),
    });
    const query = { name: 'web', hitOnly: false, after: 0, limit: 0 };
    const first = await aclAnswer(hits, query);
    expect(first).toMatchObject({ total: 25_000, next: 10_000 });
    expect(first.rules).toHaveLength(10_000);
    const last = await aclAnswer(hits, { ...query, after: 20_000 });
    expect([last.next, last.rules.length, last.rules[0]?.position]).toEqual([0, 5000, 20_001]);
    const hit = await aclAnswer(hits, { ...query, hitOnly: true, limit: 2 });
    expect(hit.rules.map(({ position }) => position)).toEqual([2, 4]);
    expect(hit.next).toBe(4);
  });

  test('are metrics by list, and by rule where the rule has a name', async () => {
    const registry = createRegistry('test');
    aclMetrics(registry, hitsOf(text, someMatches));
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('bng_configd_acl'));
    const values = lines.map((line) => line.replace(/service="test",?/, '').replace(/,}/, '}'));
    expect(values).toEqual([
      'bng_configd_acl_matched_packets_total{acl="rest"} 7',
      'bng_configd_acl_matched_packets_total{acl="web"} 45',
      'bng_configd_acl_matched_bytes_total{acl="rest"} 700',
      'bng_configd_acl_matched_bytes_total{acl="web"} 4500',
      'bng_configd_acl_rule_matched_packets_total{acl="web",rule="mail"} 10',
    ]);
  });
});
