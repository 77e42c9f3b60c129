import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { AttributeList } from './attribute-list.js';
import { attribute } from './attribute-row.js';
import { attributes } from './attributes.js';
import { Code } from './codes.js';
import { encodeRequest } from './message.js';
import { assemblePacket, decodePacket } from './packet.js';
import { causewayAttributes } from './vendors/causeway.js';

const secret = Buffer.from('xyzzy5461');
const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');

describe('decodePacket', () => {
  it.each([
    ['empty', '', 'length'],
    ['one byte short of a header', '01 00 0014 000000000000000000000000000000', 'length'],
    ['length field below a header', '01 00 0013 00000000000000000000000000000000', 'length'],
    ['length field beyond the datagram', '01 00 0015 00000000000000000000000000000000', 'length'],
    ['length field above 4096', '01 00 1001 00000000000000000000000000000000', 'length'],
    ['attribute of length 0', '01 00 0016 00000000000000000000000000000000 01 00', 'attribute-length'],
    ['attribute of length 1', '01 00 0016 00000000000000000000000000000000 01 01', 'attribute-length'],
    ['attribute beyond the packet', '01 00 0017 00000000000000000000000000000000 01 04 61', 'attribute-length'],
    ['lone type octet', '01 00 0015 00000000000000000000000000000000 01', 'attribute-length'],
  ])('refuses %s', (_, bytes, reason) => {
    expect(decodePacket(hex(bytes))).toMatchObject({ ok: false, error: { reason } });
  });

  it('ignores padding after Length and finds each attribute with its offset', () => {
    const result = decodePacket(hex('01 07 0019 000102030405060708090a0b0c0d0e0f 01 03 61 0c 02 ffff'));
    expect(result).toMatchObject({
      ok: true,
      value: {
        code: 1,
        identifier: 7,
        attributes: [
          { type: 1, value: Buffer.from('a'), offset: 22 },
          { type: 12, value: Buffer.alloc(0), offset: 25 },
        ],
      },
    });
  });

  it('survives random, truncated and mutated input and reads every row of it', () => {
    const rows = [...Object.values(attributes), ...Object.values(causewayAttributes())];
    const good = encodeRequest({
      code: Code.accessRequest,
      identifier: 1,
      secret,
      attributes: [
        attribute(attributes.userName, 'access.100.7'),
        attribute(attributes.tunnelPassword, 'geheim', 3),
        attribute(attributes.delegatedIpv6Prefix, '2001:db8::/56'),
        attribute(causewayAttributes().downloadKbps, 50_000),
      ],
    }).bytes;
    let accepted = 0;
    for (let i = 0; i < 120_000; i++) {
      const bytes =
        i % 3 === 0 ? randomBytes(randomInt(64)) : Buffer.from(good.subarray(0, randomInt(good.length + 1)));
      for (let n = 0; n < 1 + (i % 3) && bytes.length > 0; n++) bytes[randomInt(bytes.length)] = randomInt(256);
      if (bytes.length >= 4 && i % 2 === 0) bytes.writeUInt16BE(bytes.length, 2);
      const packet = decodePacket(bytes);
      if (!packet.ok) continue;
      accepted++;
      const list = AttributeList.of(packet.value.attributes, {
        secret,
        requestAuthenticator: packet.value.authenticator,
      });
      const row = rows[i % rows.length];
      if (row) list.first(row as never);
      list.first(attributes.tunnelPassword);
    }
    expect(accepted).toBeGreaterThan(1000);
  });
});

describe('assemblePacket', () => {
  it('refuses a value of 254 octets and a packet above 4096', () => {
    expect(() => assemblePacket(1, 0, [{ type: 1, value: Buffer.alloc(254) }])).toThrow(RangeError);
    const full = Array.from({ length: 16 }, () => ({ type: 25, value: Buffer.alloc(253) }));
    expect(() => assemblePacket(1, 0, full)).toThrow('4096');
  });
});
