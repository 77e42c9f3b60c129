import { expect, it } from '@jest/globals';
import { csvRecord } from './csv.js';

it.each<[string | number | bigint, string]>([
  ['plain', 'plain'],
  ['', ''],
  [17, '17'],
  [-3, '-3'],
  [18_446_744_073_709_551_615n, '18446744073709551615'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\r\nlines', '"two\r\nlines"'],
  ['a;=1+1', '"a;=1+1"'],
  [' padded ', '" padded "'],
  ['=cmd|calc', "'=cmd|calc"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', '"\'\t=1"'],
  ['  =1', "'  =1"],
  ['＝1', "'＝1"],
  ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
])('%j becomes %j', (value, expected) => {
  expect(csvRecord([value])).toBe(`${expected}\r\n`);
});

it('puts commas between fields', () => {
  expect(csvRecord(['a', 1, ''])).toBe('a,1,\r\n');
});
