import { describe, expect, it } from '@jest/globals';
import { DuplicateCache } from './duplicate-cache.js';

const first = Buffer.alloc(16, 1);
const second = Buffer.alloc(16, 2);
const answer = Buffer.from('answer');

describe('DuplicateCache', () => {
  it('knows a retransmission by sender and authenticator until it expires', () => {
    const cache = new DuplicateCache(1000, 10);
    expect(cache.admit('a', first, 0)).toBe('new');
    expect(cache.admit('a', first, 1)).toBe('pending');
    cache.answered('a', first, answer);
    expect(cache.admit('a', first, 2)).toBe(answer);
    expect(cache.admit('b', first, 2)).toBe('new');
    expect(cache.admit('a', first, 1000)).toBe('new');
  });

  it('takes another authenticator as a new request and keeps the old answer from it', () => {
    const cache = new DuplicateCache(1000, 10);
    cache.admit('a', first, 0);
    expect(cache.admit('a', second, 1)).toBe('new');
    cache.answered('a', first, answer);
    expect(cache.admit('a', second, 2)).toBe('pending');
  });

  it('forgets on demand and drops the oldest when full', () => {
    const cache = new DuplicateCache(1000, 2);
    cache.admit('a', first, 0);
    cache.forget('a');
    expect(cache.admit('a', first, 0)).toBe('new');
    cache.admit('b', first, 0);
    cache.admit('c', first, 0);
    expect(cache.admit('c', first, 0)).toBe('pending');
    expect(cache.admit('a', first, 0)).toBe('new');
  });
});
