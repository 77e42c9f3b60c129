import { describe, expect, test } from '@jest/globals';
import { mutations } from '#lib/net/mutate.testkit.js';
import { family, mergeFamilies, parseExposition, renderExposition, withLabel } from './exposition.js';
import { MonotonicSum } from './monotonic-sum.js';

const TEXT = `# HELP bng_calls_total Calls
# TYPE bng_calls_total counter
bng_calls_total{code="ok",path="a}b,\\"c"} 3
bng_calls_total{code="no"} 1e3
# HELP bng_seconds Time
# TYPE bng_seconds histogram
bng_seconds_bucket{le="0.1"} 1
bng_seconds_bucket{le="+Inf"} 2
bng_seconds_sum 0.5
bng_seconds_count 2
# HELP bng_count A gauge that ends like a histogram
# TYPE bng_count gauge
bng_count NaN
`;

describe('text format', () => {
  test('both ways', () => {
    const { families, malformed } = parseExposition(TEXT);
    expect(malformed).toBe(0);
    expect(families.map(({ name, type, samples }) => [name, type, samples.length])).toEqual([
      ['bng_calls_total', 'counter', 2],
      ['bng_seconds', 'histogram', 4],
      ['bng_count', 'gauge', 1],
    ]);
    expect(renderExposition(families)).toBe(TEXT);
  });

  test.each(['bng x y', 'bng{a="b} 1', '{a="b"} 1', '1bng 1', 'bng abc', 'bng 1.2.3', 'bng'])(
    '%j is no metric',
    (line) => {
      expect(parseExposition(`${line}\nbng_good 1 1700000000000\n`)).toMatchObject({
        malformed: 1,
        families: [{ name: 'bng_good', type: 'untyped', samples: [{ value: '1 1700000000000' }] }],
      });
    },
  );

  test('hostile text never throws and what is kept can be read again', () => {
    const sample = Buffer.from(TEXT.slice(0, 200));
    let different = 0;
    for (const input of mutations(sample, 100_000)) {
      const rendered = renderExposition(parseExposition(Buffer.from(input).toString('latin1')).families);
      different += Number(renderExposition(parseExposition(rendered).families) !== rendered);
    }
    expect(different).toBe(0);
  });
});

describe('merging', () => {
  const of = (text: string) => parseExposition(text).families;

  test('each family once, samples side by side', () => {
    const a = withLabel(of('# TYPE m counter\nm{x="1"} 1\n'), 'service', 'a');
    const b = withLabel(of('# TYPE m counter\nm{x="1"} 2\nm{service="own"} 3\n'), 'service', 'b');
    const { families, dropped } = mergeFamilies([a, b]);
    expect(dropped).toBe(0);
    expect(renderExposition(families)).toBe(
      '# HELP m \n# TYPE m counter\nm{x="1",service="a"} 1\nm{x="1",service="b"} 2\nm{service="own"} 3\n',
    );
  });

  test('another type and repeats are left out', () => {
    const sources = ['# TYPE m counter\nm 1\n', '# TYPE m gauge\nm{a="1"} 2\n', '# TYPE m counter\nm 7\n'].map(of);
    expect(mergeFamilies(sources)).toMatchObject({ dropped: 2, families: [{ samples: [{ value: '1' }] }] });
  });

  test('label values are escaped', () => {
    const odd = family('gauge', 'm', 'help', [[{ a: 'x"y\\z\n' }, 5n]]);
    expect(renderExposition([odd])).toBe('# HELP m help\n# TYPE m gauge\nm{a="x\\"y\\\\z\\n"} 5\n');
  });
});

describe('a sum over counters that come and go', () => {
  test('never falls', () => {
    const sum = new MonotonicSum();
    const totals = [
      [
        [1, 10n],
        [2, 5n],
      ],
      [[1, 12n]],
      [
        [1, 12n],
        [2, 3n],
      ],
      [
        [1, 1n],
        [2, 4n],
      ],
      [],
    ].map((counters) => sum.update(counters as [number, bigint][]));
    expect(totals).toEqual([15n, 17n, 20n, 22n, 22n]);
    expect(sum.total).toBe(22n);
  });
});
