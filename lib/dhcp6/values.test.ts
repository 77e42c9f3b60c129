import { describe, expect, test } from '@jest/globals';
import { isDuid, linkLayerDuid, macOfDuid } from './duid.js';
import {
  codes16,
  domainNames,
  ip6List,
  linkLayerAddress,
  remoteId,
  statusCode,
  type ValueType,
  virtualSubnet,
} from './values.js';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));

const both = <T>(name: string, type: ValueType<T>, hex: string, value: T) =>
  [name, type as ValueType<unknown>, hex, value] as const;

describe('both directions', () => {
  test.each([
    both('codes', codes16, '0017 0018 ffff', [23, 24, 65_535]),
    both('no codes', codes16, '', []),
    both('addresses', ip6List, '20010db8000000000000000000000053', ['2001:db8::53']),
    both('domain names', domainNames, '076578616d706c65036e657400 016100', ['example.net', 'a']),
    both('status', statusCode, '0006 6e6f', { code: 6, message: 'no' }),
    both('link-layer address', linkLayerAddress, '0001 020000000001', {
      hardwareType: 1,
      address: bytes('020000000001'),
    }),
    both('remote id', remoteId, '00000009 6162', { enterprise: 9, id: bytes('6162') }),
    both('subnet by name', virtualSubnet, '00 626c7565', { kind: 'name', name: 'blue' }),
    both('subnet by id', virtualSubnet, '01 0000aa 00000007', { kind: 'vpn-id', oui: 0xaa, index: 7 }),
    both('global subnet', virtualSubnet, 'ff', { kind: 'global' }),
  ])('%s', (_name, type, hex, value) => {
    expect(type.read(bytes(hex))).toEqual(value);
    expect(Buffer.from(type.write(value)).toString('hex')).toBe(hex.replace(/\s/g, ''));
  });
});

test.each<[string, ValueType<unknown>, string]>([
  ['odd codes', codes16 as ValueType<unknown>, '00'],
  ['no address', ip6List as ValueType<unknown>, ''],
  ['a label beyond the end', domainNames as ValueType<unknown>, '0761'],
  ['a name without its end', domainNames as ValueType<unknown>, '0161'],
  ['a compressed name', domainNames as ValueType<unknown>, 'c000'],
  ['a short status', statusCode as ValueType<unknown>, '00'],
  ['a remote id without an id', remoteId as ValueType<unknown>, '00000009'],
  ['a long global subnet', virtualSubnet as ValueType<unknown>, 'ff00'],
  ['a short VPN id', virtualSubnet as ValueType<unknown>, '01 0000'],
])('%s does not read', (_name, type, hex) => expect(type.read(bytes(hex))).toBeUndefined());

test.each(['', 'a..b', `${'a'.repeat(64)}.net`, 'a.'.repeat(130)])('"%s" is no domain name to write', (name) =>
  expect(() => domainNames.write([name])).toThrow(RangeError),
);

describe('DUID', () => {
  test.each([
    ['link-layer', '00030001 02005e100001', '02:00:5e:10:00:01'],
    ['link-layer and time', '00010001 2b000000 02005e100001', '02:00:5e:10:00:01'],
    ['enterprise', '0002000009bf87abef7a5bb545', undefined],
    ['another hardware', '00030006 02005e100001', undefined],
    ['cut off', '00030001 0200', undefined],
  ])('%s', (_name, hex, mac) => expect(macOfDuid(bytes(hex))).toBe(mac));

  test('made of a MAC address', () => {
    expect(Buffer.from(linkLayerDuid('02:00:5e:10:00:01')).toString('hex')).toBe('0003000102005e100001');
  });

  test.each([
    [2, false],
    [3, true],
    [130, true],
    [131, false],
  ])('%d bytes: %s', (length, ok) => expect(isDuid(new Uint8Array(length))).toBe(ok));
});
