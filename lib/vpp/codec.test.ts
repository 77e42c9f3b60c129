import { describe, expect, test } from '@jest/globals';
import { array, bytes, f64, sparseArray, string, struct, u8, u16, u32, u64, vla } from './codec.js';
import { type AnyMessage, type Infer, reply, request } from './message.js';
import { aclAddReplace, aclInterfaceSetAclList } from './messages/acl.js';
import {
  allEvents,
  allOperations,
  handshakeMessages,
  messagesOf,
  optionalEvents,
  optionalOperations,
} from './messages/all.js';
import { createSubif, swInterfaceAddDelAddress } from './messages/interface.js';
import { ipRouteAddDel } from './messages/ip.js';
import { ipNeighborDump } from './messages/ip-neighbor.js';
import { controlPing, sockclntCreate } from './messages/memclnt.js';
import { showVersion } from './messages/vpe.js';
import { path, pathVia, swIfIndex } from './types.js';

const hexOf = (data: Uint8Array) => Buffer.from(data).toString('hex');
const fromHex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('bytes as a running VPP takes and gives them', () => {
  test('sockclnt_create', () => {
    const encoded = sockclntCreate.encode(15, 0, 0x11223344, { name: 'raw-client' });
    expect(hexOf(encoded)).toBe(`000f11223344${hexOf(Buffer.from('raw-client')).padEnd(128, '0')}`);
  });
  test('control_ping and its reply', () => {
    expect(hexOf(controlPing.request.encode(23, 0x80000001, 0xcafe0001, {}))).toBe('001780000001cafe0001');
    expect(controlPing.reply.decode(fromHex('0018 cafe0001 00000000 00000000 00006149'))).toEqual({
      ok: true,
      value: { retval: 0, client_index: 0, vpe_pid: 0x6149 },
    });
  });
  test('acl_add_replace_reply has its retval last', () => {
    expect(aclAddReplace.reply.decode(fromHex('0001 00000001 00000007 ffffffff'))).toEqual({
      ok: true,
      value: { acl_index: 7, retval: -1 },
    });
  });
  test('ip_neighbor_details: the f64 is little-endian, all else is big-endian', () => {
    const encoded = ipNeighborDump.details.encode(1, 0, 2, {
      age: 1.5,
      neighbor: { sw_if_index: swIfIndex(3), flags: 1, mac_address: '02:00:00:00:00:01', ip_address: '10.0.0.9' },
    });
    expect(hexOf(encoded)).toBe(
      `000100000002${'000000000000f83f'}00000003${'01'}${'020000000001'}${'00'}0a000009${'0'.repeat(24)}`,
    );
  });
  test('create_subif', () => {
    const value = { sw_if_index: swIfIndex(1), sub_id: 5, sub_if_flags: 0x14, outer_vlan_id: 100, inner_vlan_id: 200 };
    expect(hexOf(createSubif.request.encode(9, 1, 2, value))).toBe(
      '0009 00000001 00000002 00000001 00000005 00000014 0064 00c8'.replaceAll(' ', ''),
    );
  });
  test('a route path is 167 bytes with all label slots', () => {
    const route = { table_id: 0, stats_index: 0, prefix: '10.0.0.0/8', paths: [path({ via: '192.0.2.1' })] };
    const value = { is_add: true, is_multipath: false, route };
    expect(ipRouteAddDel.request.encode(1, 2, 3, value)).toHaveLength(10 + 2 + 8 + 18 + 1 + 167);
  });
});

describe('a value comes back from its bytes', () => {
  const example = struct('example', {
    count: u8,
    name: string(8),
    raw: bytes(4),
    mtu: array(u16, 2),
    wide: u64,
    real: f64,
    sparse: sparseArray(struct('pair', { a: u8, b: u32 }), 3, 5),
    items: vla(u32, 'count'),
  });
  const message = reply('example_reply', '00000000', { first: u8, example, text: string(0) });
  type Example = Infer<typeof message>;
  const value: Example = {
    first: 1,
    example: {
      name: 'grüß',
      raw: Uint8Array.of(1, 2, 3, 4),
      mtu: [1500, 9000],
      wide: 0xffff_ffff_ffff_ffffn,
      real: -0.1,
      sparse: [
        { a: 0, b: 7 },
        { a: 1, b: 0 },
      ],
      items: [1, 2, 0xffffffff],
    },
    text: 'x'.repeat(300),
  };

  test('all kinds of fields', () => {
    expect(message.decode(message.encode(1, 0, 2, value))).toEqual({ ok: true, value });
  });
  test('bytes beyond the last field are ignored', () => {
    const longer = Buffer.concat([message.encode(1, 0, 2, value), Buffer.alloc(9, 0xff)]);
    expect(message.decode(longer)).toEqual({ ok: true, value });
  });
  test('decoded bytes do not change with the buffer they came in', () => {
    const body = Buffer.from(message.encode(1, 0, 2, value));
    const decoded = message.decode(body);
    body.fill(0);
    expect(decoded).toEqual({ ok: true, value });
  });
  test.each([
    ['a string too long for its field', { ...value.example, name: '12345678' }],
    ['an array of another length', { ...value.example, mtu: [1] }],
    ['more bytes than the field', { ...value.example, raw: new Uint8Array(5) }],
    ['a negative u64', { ...value.example, wide: -1n }],
    ['a u32 of 33 bits', { ...value.example, items: [2 ** 32] }],
    ['a fraction', { ...value.example, items: [0.5] }],
    ['NaN', { ...value.example, items: [Number.NaN] }],
  ])('%s is a RangeError', (_what, wrong) => {
    expect(() => message.encode(1, 0, 2, { ...value, example: wrong })).toThrow(RangeError);
  });
  test('more elements than the count field holds', () => {
    const acls = new Array<number>(256).fill(1);
    expect(() =>
      aclInterfaceSetAclList.request.encode(1, 2, 3, { sw_if_index: swIfIndex(1), n_input: 0, acls }),
    ).toThrow('does not fit into u8');
  });
});

describe('addresses in messages', () => {
  const encode = (prefix: string) =>
    swInterfaceAddDelAddress.request.encode(1, 2, 3, {
      sw_if_index: swIfIndex(1),
      is_add: true,
      del_all: false,
      prefix,
    });

  test.each(['192.0.2.1/24', '0.0.0.0/0', '2001:db8::1/64', '::/0'])('%s both ways', (prefix) => {
    expect(swInterfaceAddDelAddress.request.decode(encode(prefix))).toMatchObject({ ok: true, value: { prefix } });
  });
  test.each(['192.0.2.1', '192.0.2.1/33', '::/129', '192.0.2.1/', '192.0.2.1/2/4', 'host/24', '1.2.3.4/-1'])(
    '%s is refused',
    (prefix) => {
      expect(() => encode(prefix)).toThrow(RangeError);
    },
  );
  test.each(['192.0.2.1', '2001:db8::1'])('next hop %s', (via) => {
    expect(pathVia(path({ via }))).toBe(via);
  });
  test('a path without a next hop has none', () => {
    expect(pathVia(path({ sw_if_index: swIfIndex(4) }))).toBeUndefined();
  });
});

test('text stops at its first NUL', () => {
  const encoded = Buffer.from(
    showVersion.reply.encode(1, 0, 1, { retval: 0, program: 'vpe', version: 'v', build_date: '', build_directory: '' }),
  );
  encoded.write('junk', 6 + 4 + 8);
  expect(showVersion.reply.decode(encoded)).toMatchObject({ ok: true, value: { program: 'vpe' } });
});

describe('damaged bodies', () => {
  const messages: AnyMessage[] = [
    ...handshakeMessages,
    ...[...allOperations, ...optionalOperations].flatMap(messagesOf),
    ...allEvents,
    ...optionalEvents,
  ];
  /** Rounds per message, so that all together are well above 100,000. */
  const rounds = Math.ceil(120_000 / messages.length);

  test('are a value or an error, never thrown on', () => {
    let state = 5;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 8;
    };
    let refused = 0;
    for (const message of messages)
      for (let round = 0; round < rounds; round++) {
        const body = Buffer.alloc(random() % 120);
        for (let i = 0; i < body.length; i++) body[i] = random() % 3 === 0 ? random() : 0;
        const decoded = message.decode(body);
        refused += decoded.ok ? 0 : 1;
      }
    expect(refused).toBeGreaterThan(1000);
  });

  test('a count beyond the body is refused before anything is allocated', () => {
    const huge = request('huge', '00000000', { count: u32, items: vla(u32, 'count') });
    const body = Buffer.alloc(20, 0xff);
    expect(huge.decode(body)).toMatchObject({ ok: false });
  });
});
