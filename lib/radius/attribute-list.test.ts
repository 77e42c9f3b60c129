import { describe, expect, it } from '@jest/globals';
import { AttributeList, encodeAttributes, flattenAttributes, tagOf } from './attribute-list.js';
import { attribute, attributeRow } from './attribute-row.js';
import { attributes } from './attributes.js';
import { octets, text } from './value-codec.js';
import { causewayAttributes } from './vendors/causeway.js';
import { wispr } from './vendors/wispr.js';

const key = { secret: Buffer.from('s'), requestAuthenticator: Buffer.alloc(16, 7) };
const raw = (type: number, wire: string) => ({ type, value: Buffer.from(wire.replace(/\s/g, ''), 'hex'), offset: 0 });

describe('flattenAttributes', () => {
  it('takes several vendor attributes out of one envelope', () => {
    expect(flattenAttributes([raw(26, '0000372a 07 06 000f4240 08 06 001e8480')])).toEqual([
      { vendor: 14122, type: 7, value: Buffer.from('000f4240', 'hex') },
      { vendor: 14122, type: 8, value: Buffer.from('001e8480', 'hex') },
    ]);
  });

  it.each([
    ['too short', '0000372a 07'],
    ['vendor zero', '00000000 07 06 000f4240'],
    ['sub-length 1', '0000372a 07 01 00'],
    ['sub-length beyond the envelope', '0000372a 07 09 000f4240'],
    ['lone sub-type', '0000372a 07 06 000f4240 08'],
  ])('keeps an envelope with %s whole', (_, wire) => {
    const envelope = raw(26, wire);
    expect(flattenAttributes([envelope])).toEqual([{ vendor: 0, type: 26, value: envelope.value }]);
  });
});

describe('encodeAttributes', () => {
  it('wraps a vendor attribute and gives each salted value its own salt', () => {
    const [wrapped, one, two] = encodeAttributes(
      [
        attribute(wispr.bandwidthMaxUpBps, 1_000_000),
        attribute(attributes.tunnelPassword, 'same'),
        attribute(attributes.tunnelPassword, 'same'),
      ],
      key,
    );
    expect(wrapped).toEqual({ type: 26, value: Buffer.from('0000372a0706000f4240', 'hex') });
    expect(one?.value.subarray(1, 3)).not.toEqual(two?.value.subarray(1, 3));
    expect((one?.value[1] ?? 0) & 0x80).toBe(0x80);
  });

  it.each([
    ['a tag on an untagged row', attribute(attributes.userName, 'x', 1), 'User-Name'],
    ['tag 32', attribute(attributes.tunnelType, 3, 32), 'Tunnel-Type'],
    ['a tagged integer above 24 bits', attribute(attributes.tunnelType, 0x1000000, 1), 'Tunnel-Type'],
    ['254 octets', attribute(attributes.userName, 'x'.repeat(254)), 'User-Name'],
    ['248 octets in a vendor attribute', attribute(causewayAttributes().vrf, 'x'.repeat(248)), 'Causeway-VRF'],
    ['a password of 129 octets', attribute(attributes.userPassword, 'x'.repeat(129)), 'User-Password'],
    ['a salted value of 240 octets', attribute(attributes.tunnelPassword, 'x'.repeat(240)), 'Tunnel-Password'],
  ])('refuses %s by name', (_, input, name) => {
    expect(() => encodeAttributes([input], key)).toThrow(name);
  });
});

describe('AttributeList', () => {
  const list = AttributeList.of(
    [raw(25, '01'), raw(25, '02'), raw(27, '0000'), raw(81, '05 37'), raw(81, '37 38'), raw(2, '00'), raw(69, '01 80')],
    key,
  );

  it('reads the first, all, and tells malformed from absent', () => {
    expect(list.value(attributes.class)).toEqual(Buffer.from([1]));
    expect(list.all(attributes.class)).toHaveLength(2);
    expect(list.first(attributes.sessionTimeout)).toMatchObject({
      ok: false,
      error: { reason: 'attribute-value', message: 'Session-Timeout: integer of 2 octets' },
    });
    expect(list.first(attributes.userName)).toBeUndefined();
    expect(list.has(attributes.class)).toBe(true);
  });

  it('takes a tag off only when there is one', () => {
    const row = attributes.tunnelPrivateGroupId;
    expect(list.all(row)).toEqual([
      { ok: true, value: '7' },
      { ok: true, value: '78' },
    ]);
    expect(tagOf(row, Buffer.from([5, 0x37]))).toBe(5);
    expect(tagOf(row, Buffer.from([0x37, 0x38]))).toBe(0);
  });

  it('refuses hidden values whose length cannot be', () => {
    expect(list.first(attributes.userPassword)?.ok).toBe(false);
    expect(list.first(attributes.tunnelPassword)?.ok).toBe(false);
  });

  it('hides vendor values with both methods', () => {
    const one = attributeRow('One', 1, text, { vendor: 9, encrypt: 1 });
    const two = attributeRow('Two', 2, octets, { vendor: 9, encrypt: 2 });
    const wire = encodeAttributes([attribute(one, 'secret'), attribute(two, Buffer.from([0, 1, 0]))], key);
    const read = AttributeList.of(
      wire.map((a) => ({ ...a, offset: 0 })),
      key,
    );
    expect(read.value(one)).toBe('secret');
    expect(read.value(two)).toEqual(Buffer.from([0, 1, 0]));
  });
});
