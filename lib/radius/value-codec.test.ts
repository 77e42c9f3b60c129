import { describe, expect, it } from '@jest/globals';
import {
  byte,
  date,
  ethernet,
  integer,
  integer64,
  interfaceId,
  ipv4Address,
  ipv4Prefix,
  ipv6Address,
  ipv6Prefix,
  octets,
  short,
  signed,
  text,
  type ValueCodec,
} from './value-codec.js';

const untyped = (codec: unknown) => codec as ValueCodec<unknown>;

describe('value codecs', () => {
  it.each([
    [untyped(text), 'Zoë', '5a6fc3ab'],
    [untyped(octets), Buffer.from([0, 255]), '00ff'],
    [untyped(byte), 200, 'c8'],
    [untyped(short), 4094, '0ffe'],
    [untyped(integer), 0xffffffff, 'ffffffff'],
    [untyped(signed), -2, 'fffffffe'],
    [untyped(date), 1_700_000_000, '6553f100'],
    [untyped(integer64), 2n ** 64n - 1n, 'ffffffffffffffff'],
    [untyped(ipv4Address), '100.64.0.7', '64400007'],
    [untyped(ipv6Address), '2001:db8::1', '20010db8000000000000000000000001'],
    [untyped(ipv6Prefix), '2001:db8:0:aa00::/56', '003820010db80000aa'],
    [untyped(ipv6Prefix), '::/0', '0000'],
    [untyped(ipv4Prefix), '10.1.0.0/16', '00100a010000'],
    [untyped(interfaceId), '0000000000000001', '0000000000000001'],
    [untyped(ethernet), '020000000001', '020000000001'],
  ])('%j both ways', (codec, value, wire) => {
    expect(codec.encode(value).toString('hex')).toBe(wire);
    expect(codec.decode(Buffer.from(wire, 'hex'))).toEqual({ ok: true, value });
  });

  it.each([
    [untyped(text), '616200'],
    [untyped(byte), ''],
    [untyped(short), '00'],
    [untyped(integer), '000001'],
    [untyped(integer), '0000000001'],
    [untyped(integer64), '00000001'],
    [untyped(ipv4Address), '0a0000'],
    [untyped(ipv6Address), '00'],
    [untyped(ipv6Prefix), '00'],
    [untyped(ipv6Prefix), '008120010db8'],
    [untyped(ipv6Prefix), '003820010db8'],
    [untyped(ipv6Prefix), '001020010db8'],
    [untyped(ipv4Prefix), '00100a0100'],
    [untyped(ipv4Prefix), '00100a010001'],
    [untyped(interfaceId), '00'],
  ])('%j refuses %s', (codec, wire) => {
    expect(codec.decode(Buffer.from(wire, 'hex'))).toMatchObject({ ok: false, error: { reason: 'attribute-value' } });
  });

  it.each([
    [untyped(integer), -1],
    [untyped(integer), 2 ** 32],
    [untyped(integer), 1.5],
    [untyped(integer64), -1n],
    [untyped(ipv4Address), '2001:db8::1'],
    [untyped(ipv4Address), 'host'],
    [untyped(ipv6Address), '10.0.0.1'],
    [untyped(ipv6Prefix), '2001:db8::1/64'],
    [untyped(ipv6Prefix), '2001:db8::'],
    [untyped(ipv6Prefix), '2001:db8::/129'],
    [untyped(ethernet), '02:00'],
  ])('%j does not encode %s', (codec, value) => {
    expect(() => codec.encode(value)).toThrow();
  });
});
