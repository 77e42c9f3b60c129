import { expect, it } from '@jest/globals';
import { Serial } from './serial.js';

it('runs one key in order and keys side by side, over failures', async () => {
  const serial = new Serial<string>();
  const log: string[] = [];
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = serial.run('a', async () => {
    await gate;
    log.push('a1');
    throw new Error('a1 failed');
  });
  const second = serial.run('a', async () => log.push('a2'));
  await serial.run('b', async () => log.push('b1'));
  expect(log).toEqual(['b1']);
  release();
  await expect(first).rejects.toThrow('a1 failed');
  await second;
  await serial.idle();
  expect(log).toEqual(['b1', 'a1', 'a2']);
});
