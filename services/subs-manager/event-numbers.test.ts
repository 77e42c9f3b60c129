import { expect, it } from '@jest/globals';
import { SessionEvent, SessionEvent_Kind } from '#gen/bng/v1/subs.js';
import { Numbering } from './event-numbers.js';

const event = (sessionId: string, kind: SessionEvent_Kind) =>
  SessionEvent.fromPartial({ kind, session: { sessionId } });
const { UP, INTERIM, DOWN } = SessionEvent_Kind;

it('numbers events of each session without holes, from 1 at its begin; none after its end', () => {
  const newest = new Map([['old', 4]]);
  const numbering = new Numbering(newest);
  const told = [
    ...[event('old', INTERIM), event('new', UP), event('old', DOWN)],
    ...[event('old', INTERIM), event('new', INTERIM), event('unknown', DOWN)],
  ];
  expect(told.map((one) => numbering.next(one))).toEqual([5, 1, 6, undefined, 2, undefined]);
  expect([...newest]).toEqual([['old', 4]]);
  numbering.settle();
  expect([...newest]).toEqual([['new', 2]]);
});

it('begins again where it was when nothing was committed', () => {
  const newest = new Map([['one', 1]]);
  expect(new Numbering(newest).next(event('one', INTERIM))).toBe(2);
  expect(new Numbering(newest).next(event('one', INTERIM))).toBe(2);
});
