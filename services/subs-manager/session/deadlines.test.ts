import { describe, expect, it } from '@jest/globals';
import { randomSource } from '#lib/net/mutate.testkit.js';
import { Deadlines } from './deadlines.js';

describe('deadlines', () => {
  it('reports each key once, when its time has come', () => {
    const deadlines = new Deadlines<string>(10_000);
    deadlines.set('a', 10_900);
    deadlines.set('b', 12_100);
    deadlines.set('past', 1);
    expect(deadlines.takeDue(10_500)).toEqual(['past']);
    expect(deadlines.takeDue(10_899)).toEqual([]);
    expect(deadlines.takeDue(10_900)).toEqual(['a']);
    expect(deadlines.takeDue(60_000)).toEqual(['b']);
    expect(deadlines.takeDue(90_000)).toEqual([]);
    expect(deadlines.size).toBe(0);
  });

  it('moves and cancels', () => {
    const deadlines = new Deadlines<string>(0);
    deadlines.set('a', 1000);
    deadlines.set('a', 5000);
    deadlines.set('b', 1000);
    deadlines.cancel('b');
    deadlines.cancel('nobody');
    expect(deadlines.takeDue(4999)).toEqual([]);
    expect(deadlines.takeDue(5000)).toEqual(['a']);
  });

  it('agrees with a plain list over random moves', () => {
    const random = randomSource(7);
    const deadlines = new Deadlines<number>(0);
    const plain = new Map<number, number>();
    for (let nowMs = 0; nowMs < 200_000; nowMs += Math.floor(random() * 700)) {
      const key = Math.floor(random() * 50);
      const atMs = nowMs + Math.floor(random() * 20_000) - 1000;
      deadlines.set(key, atMs);
      plain.set(key, atMs);
      const due = [...plain].filter(([, at]) => at <= nowMs).map(([each]) => each);
      for (const each of due) plain.delete(each);
      expect(deadlines.takeDue(nowMs).sort()).toEqual(due.sort());
      expect(deadlines.size).toBe(plain.size);
    }
  });
});
