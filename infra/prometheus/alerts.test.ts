import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { load } from 'js-yaml';

const folder = join(process.cwd(), 'infra', 'prometheus');
const read = (file: string) => load(readFileSync(join(folder, file), 'utf8'));
const { groups } = read('alerts.yml') as { groups: { rules: { alert: string }[] }[] };
const rules = groups.flatMap((group) => group.rules);

interface AlertTest {
  eval_time: string;
  alertname: string;
  exp_alerts: unknown[];
}
const { tests } = read('alerts.test.yml') as { tests: { alert_rule_test: AlertTest[] }[] };
const expectations = tests.flatMap((entry) => entry.alert_rule_test);

const promtool = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
  return { status, output: stdout + stderr };
};

test.each([
  ['the configuration and the rules are valid', ['check', 'config', 'prometheus.yml']],
  ['each alert fires when it should', ['test', 'rules', 'alerts.test.yml']],
])('promtool: %s', (_name, args) => {
  expect(promtool(...args)).toMatchObject({ status: 0, output: expect.stringContaining('SUCCESS') });
});

test.each(rules.map(({ alert }) => alert))('%s is fired once, and is silent on a healthy node', (alert) => {
  const own = expectations.filter(({ alertname }) => alertname === alert);
  expect(own.map((entry) => entry.exp_alerts.length).sort()).toEqual([0, 1]);
});
