import { describe, expect, it } from '@jest/globals';
import { hostileInputs, mutations } from '#lib/net/mutate.testkit.js';
import { parseMikrotikRateLimit } from './mikrotik.js';

describe('parseMikrotikRateLimit', () => {
  it.each([
    ['10M/50M', { uploadBps: 10_000_000n, downloadBps: 50_000_000n }],
    ['512k', { uploadBps: 512_000n, downloadBps: 512_000n }],
    ['2000000/8000000', { uploadBps: 2_000_000n, downloadBps: 8_000_000n }],
    ['0/20M', { downloadBps: 20_000_000n }],
    ['1G/0', { uploadBps: 1_000_000_000n }],
    [
      '10M/40M 20M/80M 5M/20M 16/8 8 1M/1M',
      {
        uploadBps: 10_000_000n,
        downloadBps: 40_000_000n,
        uploadBurstBytes: 5_000_000n,
        downloadBurstBytes: 10_000_000n,
      },
    ],
    ['4M/4M 2M/2M', { uploadBps: 4_000_000n, downloadBps: 4_000_000n }],
    [
      '4M/8M 8M/16M',
      { uploadBps: 4_000_000n, downloadBps: 8_000_000n, uploadBurstBytes: 250_000n, downloadBurstBytes: 500_000n },
    ],
  ])('%s', (text, expected) => expect(parseMikrotikRateLimit(text)).toEqual(expected));

  it.each(['', 'fast', '10M/20M/30M', '10X', '-1', '1.5M', '10M/20M x', '10M/20M 1M/1M 1M/1M 1h', '999999999999G'])(
    'refuses %j',
    (text) => expect(parseMikrotikRateLimit(text)).toBeUndefined(),
  );

  it('reads or refuses 100,000 damaged texts, with whole numbers of bit/s and bytes', () => {
    const sample = Buffer.from('10M/50M 20M/100M 8M/40M 16/16 8 1M/1M');
    const odd: string[] = [];
    let read = 0;
    for (const bytes of mutations(sample, hostileInputs(100_000))) {
      const text = Buffer.from(bytes).toString('latin1');
      const rates = parseMikrotikRateLimit(text);
      read += rates ? 1 : 0;
      if (Object.values(rates ?? {}).some((value) => value <= 0n || value > 2n ** 60n)) odd.push(text);
    }
    expect(odd).toEqual([]);
    expect(read).toBeGreaterThan(100);
  });
});
