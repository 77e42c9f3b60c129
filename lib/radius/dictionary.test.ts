import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { attributes } from './attributes.js';
import { loadDictionary } from './dictionary.js';
import { causewayAttributes } from './vendors/causeway.js';
import { dslForum } from './vendors/dsl-forum.js';
import { microsoft } from './vendors/microsoft.js';
import { mikrotik } from './vendors/mikrotik.js';
import { wispr } from './vendors/wispr.js';

const files =
  (contents: Record<string, string>) =>
  (path: string): string => {
    const content = contents[path];
    if (content === undefined) throw new Error(`no ${path}`);
    return content;
  };
const wireForm = ({ vendor, type, codec, tagged, encrypt }: (typeof attributes)['userName']) => ({
  vendor,
  type,
  codec: codec.name,
  tagged,
  encrypt,
});

describe('loadDictionary', () => {
  it('follows includes and understands vendors, flags, values and what it cannot carry', () => {
    const dictionary = loadDictionary(
      '/d/dictionary',
      files({
        '/d/dictionary': '# top\n$INCLUDE more/vendor\n$INCLUDE- missing\nATTRIBUTE\tPlain\t0x10\tstring # note\n',
        '/d/more/vendor': [
          'VENDOR Acme 99999',
          'VENDOR Odd 429 format=4,0',
          'BEGIN-VENDOR Acme',
          'ATTRIBUTE Acme-Key 1 octets[16] has_tag,encrypt=2',
          'ATTRIBUTE Acme-Mode 2 integer',
          'ATTRIBUTE Acme-Nested 3.1 integer',
          'ATTRIBUTE Acme-Ascend 4 string encrypt=3',
          'VALUE Acme-Mode On 1',
          'END-VENDOR Acme',
          'ATTRIBUTE Acme-Old 5 ipaddr Acme',
          'ATTRIBUTE Odd-One 1 integer Odd',
        ].join('\n'),
      }),
    );
    expect(dictionary.vendors.get('Acme')).toBe(99999);
    expect(dictionary.rows.get('Acme-Key')).toMatchObject({ vendor: 99999, type: 1, tagged: true, encrypt: 2 });
    expect(dictionary.rows.get('Acme-Mode')?.values?.get('On')).toBe(1);
    expect(dictionary.rows.get('Acme-Old')).toMatchObject({ vendor: 99999, type: 5 });
    expect(dictionary.rows.get('Plain')).toMatchObject({ vendor: 0, type: 16 });
    expect(dictionary.skipped.map((line) => line.split(' ')[1])).toEqual(['Acme-Nested', 'Acme-Ascend', 'Odd-One']);
  });

  it.each([
    ['ATTRIBUTE X', 'f:1: ATTRIBUTE name number type'],
    ['ATTRIBUTE X y string', 'f:1: "y" is not a number'],
    ['\nBEGIN-VENDOR Nobody', 'f:2: unknown vendor Nobody'],
    ['FROB x', 'f:1: unknown keyword FROB'],
    ['VALUE X', 'f:1: VALUE attribute name number'],
    ['$INCLUDE f', 'f: includes itself'],
  ])('names the place of %j', (content, message) => {
    expect(() => loadDictionary('f', files({ f: content }))).toThrow(message);
  });

  it('ships a dictionary that says the same as our rows', () => {
    const { rows, vendors } = loadDictionary('infra/freeradius/dictionary.causeway');
    const ours = Object.values(causewayAttributes());
    expect(vendors.get('Causeway')).toBe(32473);
    expect([...rows.keys()]).toEqual(ours.map((row) => row.name));
    expect([...rows.values()].map((row) => wireForm(row as never))).toEqual(ours.map((row) => wireForm(row as never)));
  });

  const installed = '/usr/share/freeradius/dictionary';
  const withFreeRadius = existsSync(installed) ? it : it.skip;
  withFreeRadius('agrees with the dictionaries that FreeRADIUS installs', () => {
    const { rows } = loadDictionary(installed);
    const ours = [attributes, wispr, mikrotik, microsoft, dslForum].flatMap((table) => Object.values(table));
    const theirs = ours.map((row) => rows.get(row.name));
    expect(theirs.map((row, i) => ({ name: ours[i]?.name, place: [row?.vendor, row?.type, row?.encrypt] }))).toEqual(
      ours.map((row) => ({ name: row.name, place: [row.vendor, row.type, row.encrypt] })),
    );
    expect(rows.size).toBeGreaterThan(5000);
  });
});
