import { describe, expect, it } from '@jest/globals';
import { sampleLine, sampleRanges } from './subscribers.js';

describe('sample subscribers', () => {
  it('gives every subscriber a line and an address of its own', () => {
    const lines = Array.from({ length: 9000 }, (_, i) => sampleLine(i));
    expect(new Set(lines.map((line) => line.name)).size).toBe(9000);
    expect(new Set(lines.map((line) => line.mac)).size).toBe(9000);
    expect(lines[4000]).toEqual({ name: 'access.101.1', outerVlan: 101, innerVlan: 1, mac: '02:53:00:00:0f:a1' });
  });

  it.each([
    [1, [{ outerVlan: 100, innerVlan: '1' }]],
    [100, [{ outerVlan: 100, innerVlan: '1-100' }]],
    [
      4001,
      [
        { outerVlan: 100, innerVlan: '1-4000' },
        { outerVlan: 101, innerVlan: '1' },
      ],
    ],
  ])('covers %d subscribers with ranges', (count, ranges) => expect(sampleRanges(count)).toEqual(ranges));
});
