import { afterEach, expect, test } from '@jest/globals';
import { BngError } from '#lib/kernel/errors.js';
import { type Fakes, startFakes } from '../fake-services.testkit.js';

let fakes: Fakes;
afterEach(async () => fakes?.stop());

const rowsOf = (out: string) =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));

test('the lists with their sums', async () => {
  const acls = [{ name: 'web', rules: 2, in: 3, out: 0, packets: 12n, bytes: 3400n }];
  fakes = await startFakes({ acls: () => ({ counting: true, acls }) });
  const { code, out } = await fakes.run(['acl', 'list']);
  expect(code).toBe(0);
  expect(rowsOf(out)).toEqual([
    ['ACL', 'RULES', 'INPUTS', 'OUTPUTS', 'PACKETS', 'BYTES'],
    ['web', '2', '3', '0', '12', '3400'],
  ]);
});

test('the rules of one, a part of them, and how to go on', async () => {
  const rules = [{ position: 7, name: 'mail', text: 'deny tcp any any port 25', packets: 4n, bytes: 240n }];
  fakes = await startFakes({ showAcl: () => ({ name: 'web', counting: true, total: 90, rules, next: 7 }) });
  const { out } = await fakes.run(['acl', 'show', 'web', '--hit', '--limit', '1', '--after', '3']);
  expect(fakes.calls).toEqual([['showAcl', { name: 'web', hitOnly: true, limit: 1, after: 3 }]]);
  expect(rowsOf(out)).toEqual([
    ['RULE', 'PACKETS', 'BYTES', 'NAME'],
    ['7', '4', '240', 'mail', 'deny tcp any any port 25'],
    ['more: --after 7 (90 rules in all)'],
  ]);
});

test('says when nothing is counted', async () => {
  fakes = await startFakes({ showAcl: () => ({ name: 'web', counting: false, total: 0, rules: [], next: 0 }) });
  expect((await fakes.run(['acl', 'show', 'web'])).out).toMatch(/VPP counts no matches: aclCounters is false/);
});

test('an unknown list, and a wrong number', async () => {
  const missing = () => {
    throw new BngError('not_found', 'VPP holds no ACL "wbe"');
  };
  fakes = await startFakes({ showAcl: missing });
  expect(await fakes.run(['acl', 'show', 'wbe'])).toMatchObject({ code: 4, err: 'bngctl: VPP holds no ACL "wbe"\n' });
  expect((await fakes.run(['acl', 'show', 'web', '--limit', 'x'])).err).toBe('bngctl: --limit: "x" is no number\n');
});
