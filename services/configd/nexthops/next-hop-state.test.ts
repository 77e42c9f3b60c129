import { describe, expect, test } from '@jest/globals';
import {
  carries,
  holdMs,
  type NextHopState,
  newState,
  observe,
  type ProbeSettings,
  unprobed,
} from './next-hop-state.js';

const settings: ProbeSettings = {
  ...{ intervalMs: 500, timeoutMs: 500, failures: 3, successes: 3 },
  ...{ returnAfterMs: 2000, maxReturnAfterMs: 16_000 },
};

/** Runs probes, one each 500 ms: `+` answered, `-` lost, `?` not sent. Says the verdict after each as one letter. */
function run(probes: string, from = newState(0), startMs = 0): { verdicts: string; state: NextHopState; atMs: number } {
  let state = from;
  let atMs = startMs;
  let verdicts = '';
  for (const probe of probes) {
    atMs += settings.intervalMs;
    state = probe === '?' ? unprobed(state) : observe(state, probe === '+' ? 'answered' : 'lost', settings, atMs);
    verdicts += state.verdict[0];
  }
  return { verdicts, state, atMs };
}

describe('verdicts: unknown, up, down, held', () => {
  test.each([
    ['the first answer makes it up', '+', 'u'],
    ['nothing heard yet is no reason to take it out', '--', 'uu'],
    ['one that never answered is taken out', '---', 'uud'],
    ['two lost of three are borne', '+--+--+', 'uuuuuuu'],
    ['three in a row take it out', '+---', 'uuud'],
    ['it is held for 2 s of answers', '+---+++++', 'uuudhhhhu'],
    ['a loss while held starts the time again', '+---++-+++++', 'uuudhhdhhhhu'],
    ['probes that cannot be sent change nothing', '+--??--?--+', 'uuuuuuuuuuu'],
    ['nor do they bring it back', '---?????', 'uudddddd'],
    ['a hold goes on when they can be sent again', '---++??+++', 'uudhhhhhhu'],
  ])('%s', (_name, probes, verdicts) => {
    expect(run(probes).verdicts).toBe(verdicts);
  });

  test('out within failures x interval, at default settings well below 3 s', () => {
    const { state, atMs } = run('+---');
    expect([carries(state), atMs - 500]).toEqual([false, 1500]);
  });
});

describe('damping', () => {
  test.each([
    [1, 2000],
    [2, 4000],
    [3, 8000],
    [4, 16_000],
    [5, 16_000],
    [99, 16_000],
  ])('after %i times out it must answer for %i ms', (flaps, ms) => {
    expect(holdMs(flaps, settings)).toBe(ms);
  });

  test('each time out holds it longer, until it was calm for the longest hold', () => {
    const first = run(`+---${'+'.repeat(5)}`);
    expect([first.state.verdict, first.state.flaps]).toEqual(['up', 1]);
    const second = run('---', first.state, first.atMs);
    expect(second.state.flaps).toBe(2);
    const held = run('+'.repeat(8), second.state, second.atMs);
    expect(held.state.verdict).toBe('held');
    const back = run('+', held.state, held.atMs);
    expect(back.state.verdict).toBe('up');
    const calm = run(`${'+'.repeat(32)}---`, back.state, back.atMs);
    expect(calm.state).toMatchObject({ verdict: 'down', flaps: 1 });
  });
});

describe('losses', () => {
  const steady = run('+'.repeat(20));
  const pattern = (unit: string, times: number) => run(unit.repeat(times), steady.state, steady.atMs);

  test.each([
    ['none', '+', 20, 1],
    ['one in twenty', `-${'+'.repeat(19)}`, 1, 1],
    ['one in ten', `-${'+'.repeat(9)}`, 2, 0.75],
    ['one in four', '-+++', 5, 0.75],
    ['half', '-+', 10, 0.5],
    ['two in three', '--+', 7, 0.25],
  ])('%s lost', (_name, unit, times, worth) => {
    expect(pattern(unit, times).state).toMatchObject({ verdict: 'up', worth });
  });

  test('few probes say nothing', () => {
    expect(run('-+-+-+').state.worth).toBe(1);
  });

  test('less at once, more only after it was better for a while', () => {
    const half = pattern('-+', 10);
    const better = run('+'.repeat(11), half.state, half.atMs);
    expect(better.state.worth).toBe(0.5);
    const good = run('+'.repeat(20), better.state, better.atMs);
    expect(good.state.worth).toBe(1);
  });

  test('one that came back begins anew', () => {
    const out = pattern('-+-+-+-+---+++++', 1);
    expect(out.state).toMatchObject({ verdict: 'up', worth: 1, recent: [] });
  });
});
