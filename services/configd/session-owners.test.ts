import { expect, it } from '@jest/globals';
import { SessionOwners, sameName } from './session-owners.js';

function owners() {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs };
  return { clock, owners: new SessionOwners(clock) };
}
const refused = (holder: string) =>
  expect.objectContaining({ code: 'conflict', message: expect.stringContaining(holder) });
const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
};

it('the sessions are with one database; another one is refused for as long as it is there, and a minute more', () => {
  const { clock, owners: subject } = owners();
  const [leave, alsoLeave] = [subject.claim('subs@a', 'the first'), subject.claim('subs@a', 'the first again')];
  expect(thrownBy(() => subject.claim('subs@b', 'the second'))).toEqual(refused('the first again'));
  expect(thrownBy(() => subject.check('subs@b'))).toEqual(refused('the first again'));
  subject.check('subs@a');
  leave();
  clock.nowMs = 100_000;
  expect(thrownBy(() => subject.claim('subs@b', 'the second'))).toEqual(refused('the first again'));
  alsoLeave();
  clock.nowMs = 159_999;
  expect(thrownBy(() => subject.claim('subs@b', 'the second'))).toEqual(refused('the first again'));
  clock.nowMs = 160_000;
  subject.claim('subs@b', 'the second');
  subject.check('subs@b');
  expect(thrownBy(() => subject.check('subs@a'))).toEqual(refused('the second'));
});

it('what the journal holds counts as a claim', () => {
  const { clock, owners: subject } = owners();
  clock.nowMs = 5000;
  subject.remember('subs@a');
  subject.remember('subs@b');
  expect(thrownBy(() => subject.claim('subs@b', 'the second'))).toEqual(refused('another subs'));
  subject.claim('subs@a', 'the first');
  expect(thrownBy(() => subject.check('subs@b'))).toEqual(refused('the first'));
});

it('other names, and owners without a database, are nobody to be refused', () => {
  const { owners: subject } = owners();
  subject.claim('subs@a', 'the first');
  subject.claim('others@b', 'others');
  subject.claim('subs', 'a tool');
  subject.check('subs');
  expect([sameName('subs', 'subs@a'), sameName('subs@b', 'subs@a'), sameName('others@a', 'subs@a')]).toEqual([
    true,
    true,
    false,
  ]);
});
