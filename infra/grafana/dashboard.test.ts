import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';

interface Panel {
  id: number;
  title: string;
  type: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}

const folder = join(process.cwd(), 'infra', 'grafana');
const scratch = mkdtempSync(join(tmpdir(), 'dashboards-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const dashboards = readdirSync(folder).filter((file) => file.endsWith('.json'));
const panelsOf = (file: string) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { panels: Panel[] }).panels;
const queries = dashboards.flatMap((file) =>
  panelsOf(file).flatMap(({ title, targets }) => (targets ?? []).map(({ expr }) => ({ title, expr }))),
);

test('the dashboards are seen', () => {
  const topics = ['configd', 'dhcp', 'node', 'pools', 'radius', 'sessions'];
  expect(dashboards).toEqual(topics.map((topic) => `causeway-${topic}.json`));
  expect(queries.length).toBeGreaterThan(70);
});

test('every query is one that Prometheus understands', () => {
  const rules = queries.map(({ expr }, index) => ({
    record: `q:${index}`,
    expr: expr.replaceAll('$__rate_interval', '1m'),
  }));
  writeFileSync(join(scratch, 'queries.yml'), JSON.stringify({ groups: [{ name: 'queries', rules }] }));
  const { status, stderr } = spawnSync('promtool', ['check', 'rules', 'queries.yml'], {
    cwd: scratch,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('each has an address of its own, and its panels have numbers of their own', () => {
  const uids = dashboards.map((file) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { uid: string }).uid);
  expect(uids).toEqual(dashboards.map((file) => file.replace('.json', '')));
  for (const file of dashboards) expect(new Set(panelsOf(file).map(({ id }) => id)).size).toBe(panelsOf(file).length);
});

test.each(dashboards)('no panel of %s lies on another', (file) => {
  const cells = panelsOf(file).flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});
