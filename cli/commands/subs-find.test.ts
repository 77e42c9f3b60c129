import { afterEach, describe, expect, test } from '@jest/globals';
import { BngError } from '#lib/kernel/errors.js';
import { type Answers, type Fakes, sampleSession, startFakes } from '../fake-services.testkit.js';

let fakes: Fakes;
const start = async (answers: Answers) => {
  fakes = await startFakes(answers);
  return fakes;
};
afterEach(async () => fakes?.stop());

describe('subs find', () => {
  test('a table that says what the text was found in', async () => {
    const { run, calls } = await start({
      find: () => ({
        found: [
          { session: sampleSession({ userName: 'alice' }), keys: ['user_name'], whole: true },
          { session: sampleSession({ sessionId: '65f0-2', userName: 'alice2' }), keys: ['user_name', 'line'] },
        ],
        total: 7,
      }),
    });
    const { code, out } = await run(['subs', 'find', 'alice', '--limit', '2']);
    expect(code).toBe(0);
    expect(calls).toEqual([['find', { text: 'alice', limit: 2 }]]);
    const lines = out.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines[0]?.slice(0, 3)).toEqual(['FOUND BY', 'STATE', 'ADDRESS']);
    expect(lines[1]?.slice(0, 3)).toEqual(['= user_name', 'active', '100.64.0.9']);
    expect(lines[2]?.[0]).toBe('~ user_name, line');
    expect(out).toMatch(/^2 of 7$/m);
  });

  test('as JSON', async () => {
    const { run } = await start({ find: () => ({ found: [{ session: sampleSession(), keys: ['mac'] }], total: 1 }) });
    const { out } = await run(['--json', 'subs', 'find', '02:00']);
    expect(JSON.parse(out)).toMatchObject({ total: 1, found: [{ keys: ['mac'], session: { sessionId: '65f0-1' } }] });
  });

  test('nobody ends with 4', async () => {
    const { run } = await start({ find: () => ({ total: 0 }) });
    expect(await run(['subs', 'find', 'bob'])).toEqual({ code: 4, out: 'nobody matches\n', err: '' });
  });

  test('a text that is too short ends with 1', async () => {
    const { run } = await start({
      find: () => {
        throw new BngError('invalid_argument', 'a text of 2 to 255 characters is looked for');
      },
    });
    expect(await run(['subs', 'find', 'a'])).toMatchObject({
      code: 1,
      err: 'bngctl: a text of 2 to 255 characters is looked for\n',
    });
  });
});
