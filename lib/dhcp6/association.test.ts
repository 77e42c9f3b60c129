import { describe, expect, test } from '@jest/globals';
import { type Association, associations, encodeAssociation, FOREVER } from './association.js';
import { KEA_ADVERTISE, KEA_NO_BINDING, RELAYED_RENEW } from './captured.testkit.js';
import { IA_TA, STATUS6 } from './options.js';
import { decodeDhcp6, type RawOption6 } from './packet.js';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));

function of(wire: Uint8Array): Association[] {
  const packet = decodeDhcp6(wire);
  const found = packet.ok ? associations(packet.value.message) : packet;
  expect(found).toMatchObject({ ok: true });
  return (found as { value: Association[] }).value;
}

const read = (...options: RawOption6[]) => associations({ options });

describe('captured', () => {
  test('address and prefix of an ADVERTISE', () =>
    expect(of(KEA_ADVERTISE)).toEqual([
      {
        kind: 'na',
        iaid: 1,
        t1S: 1000,
        t2S: 2000,
        leases: [{ value: '2001:db8:64::100', preferredS: 3000, validS: 4000 }],
      },
      {
        kind: 'pd',
        iaid: 2,
        t1S: 1000,
        t2S: 2000,
        leases: [{ value: '2001:db8:a000::/56', preferredS: 3000, validS: 4000 }],
      },
    ]));

  test('what a client renews', () =>
    expect(of(RELAYED_RENEW).map(({ leases }) => leases[0]?.value)).toEqual([
      '2001:db8:64::100',
      '2001:db8:a000::/56',
    ]));

  test('a status of the association', () => {
    expect(of(KEA_NO_BINDING).map(({ status }) => status?.code)).toEqual([STATUS6.noBinding, STATUS6.noBinding]);
  });
});

test('round trip with a status at every place', () => {
  const status = { code: STATUS6.noPrefixAvail, message: 'none left' };
  const all: Association[] = [
    {
      kind: 'na',
      iaid: 0xffffffff,
      t1S: 1,
      t2S: 2,
      leases: [{ value: '::', preferredS: 0, validS: FOREVER, status }],
      status,
    },
    { kind: 'pd', iaid: 0, t1S: 0, t2S: 0, leases: [{ value: '::/56', preferredS: 0, validS: 0 }] },
  ];
  expect(read(...all.map(encodeAssociation))).toEqual({ ok: true, value: all });
});

test('temporary addresses are passed over', () => {
  expect(read({ code: IA_TA, data: bytes('00000001') })).toEqual({ ok: true, value: [] });
});

test('host bits of a prefix are cleared', () => {
  const data = bytes(`00000001 00000000 00000000 001a 0019 00000000 00000000 30 20010db8a00000ff 0000000000000001`);
  expect(read({ code: 25, data })).toMatchObject({ ok: true, value: [{ leases: [{ value: '2001:db8:a000::/48' }] }] });
});

test.each([
  ['a short head', 3, '0000000100000000', 'ia-na: 8 bytes, at least 12 expected'],
  ['a cut option', 3, '00000001 00000000 00000000 0005 0018 00', 'ia-na: ia-address at byte 12 is cut off'],
  ['a short address', 3, '00000001 00000000 00000000 0005 0001 00', 'ia-na: ia-address: 1 bytes, at least 24 expected'],
  [
    'a prefix length',
    25,
    `00000001 00000000 00000000 001a 0019 ${'00'.repeat(8)} 81 ${'00'.repeat(16)}`,
    'ia-pd: ia-prefix: prefix length 129, at most 128 expected',
  ],
])('%s is named', (_name, code, hex, error) => {
  expect(read({ code, data: bytes(hex) })).toEqual({ ok: false, error });
});

test.each(['2001:db8::1', '2001:db8::/129', 'x/56'])('"%s" is no prefix to encode', (value) => {
  const leases = [{ value, preferredS: 1, validS: 1 }];
  expect(() => encodeAssociation({ kind: 'pd', iaid: 1, t1S: 0, t2S: 0, leases })).toThrow(RangeError);
});
