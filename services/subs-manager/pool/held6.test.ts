import { expect, it } from '@jest/globals';
import { ip6Prefix, ip6PrefixText } from '#lib/net/ip6.js';
import { randomSource } from '#lib/net/mutate.testkit.js';
import { Held6 } from './held6.js';

it('agrees with a look at all of them, whatever is added and removed', () => {
  const random = randomSource(7);
  const held = new Held6();
  const all = new Map<string, string>();
  const lengths = [48, 56, 60, 64, 128];
  const anyValue = () => {
    const length = lengths[Math.floor(random() * lengths.length)] ?? 64;
    const first = ((0x20010db8n << 96n) | (BigInt(Math.floor(random() * 64)) << 66n)) & (-1n << BigInt(128 - length));
    return ip6PrefixText(first, length);
  };
  const overlaps = (a: string, b: string) => {
    const [one, other] = [ip6Prefix(a), ip6Prefix(b)];
    return one !== undefined && other !== undefined && one.first <= other.last && other.first <= one.last;
  };
  let taken = 0;
  for (let n = 0; n < 5000; n++) {
    const value = anyValue();
    const sessionId = `s${Math.floor(random() * 5)}`;
    const wanted = [...all].some(([other, owner]) => owner !== sessionId && overlaps(value, other));
    expect(held.isTaken(value, sessionId)).toBe(wanted);
    if (wanted) taken++;
    if (random() < 0.5) {
      held.remove(value);
      all.delete(value);
    } else if (all.size < 40) {
      held.add(value, sessionId);
      all.set(value, sessionId);
    }
  }
  expect(taken).toBeGreaterThan(500);
});
