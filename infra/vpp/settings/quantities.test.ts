import { describe, expect, it } from '@jest/globals';
import { bytesText, coreListText, readBytes, readCoreList } from './quantities.js';

describe('readBytes', () => {
  it.each([
    ['2G', 2 ** 31],
    ['256M', 2 ** 28],
    ['64k', 65_536],
    ['1000', 1000],
  ])('reads %s', (text, value) => expect(readBytes(text)).toEqual({ ok: true, value }));

  it.each(['', '2T', '-1', '1.5G', '2 GB', '99999999999999G'])('refuses "%s"', (text) =>
    expect(readBytes(text)).toMatchObject({ ok: false, message: expect.stringContaining(`"${text}"`) }),
  );
});

describe('bytesText', () => {
  it.each([
    [2 ** 31, '2G'],
    [1280 * 2 ** 20, '1280M'],
    [1536, '1536'],
    [0, '0'],
  ])('writes %d', (bytes, text) => expect(bytesText(bytes)).toBe(text));
});

describe('readCoreList', () => {
  it.each([
    ['2', [2]],
    ['2-5', [2, 3, 4, 5]],
    ['8, 2-3', [2, 3, 8]],
  ])('reads %s', (text, value) => expect(readCoreList(text)).toEqual({ ok: true, value }));

  it.each([
    ['', 'is no list'],
    ['2-', 'is no list'],
    ['a', 'is no list'],
    ['5-2', 'write 2-5'],
    ['1-3,2', 'core 2 is named twice'],
    ['9999', 'out of range'],
  ])('refuses "%s"', (text, message) =>
    expect(readCoreList(text)).toMatchObject({ ok: false, message: expect.stringContaining(message) }),
  );

  it.each([[[1]], [[1, 2]], [[1, 3, 4, 5, 9]], [[0, 63, 64]]])('reads back what coreListText writes of %j', (cores) =>
    expect(readCoreList(coreListText(cores))).toEqual({ ok: true, value: cores }),
  );
});
