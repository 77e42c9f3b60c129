import { describe, expect, test } from '@jest/globals';
import { HOSTILE_MS, hostileInputs, mutations } from '../net/mutate.testkit.js';
import { MESSAGE_TYPE, messageTypeName, OPTION, optionByCode } from './options.js';
import {
  type DhcpPacket,
  decodeDhcp,
  encodeDhcp,
  messageType,
  option,
  optionData,
  relayAgentOptions,
  relayAgents,
  withValue,
} from './packet.js';
import { buildClientMessage } from './request.js';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));

/** A DISCOVER relayed by VPP: the access node's option 82 ("eth 0/1") first, VPP's own behind it. */
const RELAYED = bytes(`
  01 01 06 00  3903f326  0005 8000  00000000 00000000 00000000 64400001
  02005e100001 00000000000000000000 ${'00'.repeat(192)} 63825363
  350101  3d07 01 02005e100001  3704 01 03 06 79  0c03 637065
  5209 0107 657468 20 302f31
  520c 0104 00000005 0504 64400001
  ff`);

function decodedOrFail(wire: Uint8Array): DhcpPacket {
  const result = decodeDhcp(wire);
  expect(result).toMatchObject({ ok: true });
  return (result as { value: DhcpPacket }).value;
}

function decodedPacket(wire: Uint8Array): DhcpPacket {
  const result = decodeDhcp(wire);
  return result.ok ? result.value : buildClientMessage({ type: 'discover', mac: '00:00:00:00:00:00', xid: 0 });
}

describe('golden packet', () => {
  const packet = decodedOrFail(RELAYED);

  test('fixed fields', () => {
    expect(packet).toMatchObject({
      op: 1,
      xid: 0x3903f326,
      secs: 5,
      flags: 0x8000,
      ciaddr: '0.0.0.0',
      giaddr: '100.64.0.1',
      mac: '02:00:5e:10:00:01',
      sname: '',
    });
  });

  test('options by row', () => {
    expect(messageTypeName(messageType(packet))).toBe('discover');
    expect(option(packet, OPTION.hostName)).toBe('cpe');
    expect(option(packet, OPTION.parameterRequestList)).toEqual([1, 3, 6, 121]);
    expect(option(packet, OPTION.clientIdentifier)).toEqual(bytes('0102005e100001'));
    expect(option(packet, OPTION.leaseTimeS)).toBeUndefined();
  });

  test('two option 82 instances stay apart, in order, byte for byte', () => {
    expect(relayAgentOptions(packet).map(({ data }) => Buffer.from(data).toString('hex'))).toEqual([
      '0107657468' + '20302f31',
      '010400000005050464400001',
    ]);
    const agents = relayAgents(packet);
    expect(agents).toMatchObject({ ok: true, value: [[{ code: 1 }], [{ code: 1 }, { code: 5 }]] });
  });

  test('encodes to the same bytes, padded to 300', () => {
    const again = encodeDhcp(packet);
    expect(again).toHaveLength(300);
    expect(again.subarray(0, RELAYED.length)).toEqual(RELAYED);
  });
});

describe('wire forms', () => {
  const client = buildClientMessage({ type: 'request', mac: '02:00:00:00:00:01', xid: 7 });

  test('long options are split and joined (RFC 3396)', () => {
    const data = Uint8Array.from({ length: 600 }, (_, index) => index & 255);
    const wire = encodeDhcp({ ...client, options: [...client.options, { code: 43, data }] });
    const packet = decodedOrFail(wire);
    expect(packet.options.filter(({ code }) => code === 43).map((part) => part.data.length)).toEqual([255, 255, 90]);
    expect(Buffer.from(optionData(packet, 43) ?? [])).toEqual(Buffer.from(data));
  });

  test('overload: options, then file, then sname (RFC 2131 section 4.1)', () => {
    const wire = Uint8Array.from([...encodeDhcp(client)]);
    wire.set(bytes('34 01 03 35 01 03 ff'), 240);
    wire.set(bytes('0f 02 6f6e ff'), 108);
    wire.set(bytes('00 00 0f 02 653f ff'), 44);
    const packet = decodedOrFail(wire);
    expect(option(packet, OPTION.domainName)).toBe('one?');
    expect(packet).toMatchObject({ sname: '', file: '' });
  });

  test('sname and file as text', () => {
    const packet = decodedOrFail(encodeDhcp({ ...client, sname: 'boot', file: 'x'.repeat(128) }));
    expect(packet).toMatchObject({ sname: 'boot', file: 'x'.repeat(128) });
  });

  test('PAD is skipped, a missing END is accepted', () => {
    const wire = Uint8Array.from([...RELAYED.subarray(0, 240), 0, 0, 53, 1, 8]);
    expect(messageType(decodedOrFail(wire))).toBe(MESSAGE_TYPE.inform);
  });

  test.each([
    ['short', RELAYED.subarray(0, 239), 'DHCP packet of 239 bytes'],
    ['cookie', RELAYED.map((byte, at) => (at === 236 ? 0 : byte)), 'no DHCP magic cookie'],
    ['hardware address', RELAYED.map((byte, at) => (at === 2 ? 16 : byte)), 'hardware address of 16 bytes'],
    ['option', RELAYED.subarray(0, RELAYED.length - 4), 'option 82 at byte 274 is cut off'],
    ['length byte', RELAYED.subarray(0, 241), 'option 53 at byte 240 is cut off'],
  ])('refused: %s', (_name, wire, error) => {
    expect(decodeDhcp(wire)).toEqual({ ok: false, error });
  });

  test.each([
    ['option 82 above 255 bytes', { code: 82, data: new Uint8Array(256) }],
    ['PAD as an option', { code: 0, data: new Uint8Array(0) }],
    ['END as an option', { code: 255, data: new Uint8Array(0) }],
  ])('the encoder refuses %s', (_name, bad) => {
    expect(() => encodeDhcp({ ...client, options: [bad] })).toThrow(RangeError);
  });
});

describe('option table', () => {
  test.each([
    [OPTION.subnetMask, '255.255.0.0', 'ffff0000'],
    [OPTION.routers, ['100.64.0.1', '100.64.0.2'], '6440000164400002'],
    [OPTION.leaseTimeS, 4_294_967_295, 'ffffffff'],
    [OPTION.interfaceMtu, 1492, '05d4'],
    [OPTION.messageType, 5, '05'],
    [OPTION.ipForwarding, true, '01'],
    [OPTION.hostName, 'cpe-7', '6370652d37'],
    [OPTION.rapidCommit, true, ''],
    [OPTION.parameterRequestList, [1, 3, 82], '010352'],
    [
      OPTION.classlessRoutes,
      [
        { destination: '0.0.0.0/0', router: '10.0.0.1' },
        { destination: '10.229.0.128/25', router: '10.0.0.2' },
        { destination: '10.17.0.0/16', router: '10.0.0.3' },
      ],
      '000a000001 190ae500800a000002 100a110a000003',
    ],
  ])('$name both ways', (row, value, wire) => {
    const type = row as { read(data: Uint8Array): unknown; write(value: unknown): Uint8Array };
    expect(Buffer.from(type.write(value))).toEqual(Buffer.from(bytes(wire)));
    expect(type.read(bytes(wire))).toEqual(value);
  });

  test.each([
    [OPTION.subnetMask, 'ffff00'],
    [OPTION.routers, '0a0000'],
    [OPTION.routers, ''],
    [OPTION.leaseTimeS, '0001'],
    [OPTION.ipForwarding, '02'],
    [OPTION.classlessRoutes, '210a0000010a000001'],
    [OPTION.classlessRoutes, '180a'],
    [OPTION.classlessRoutes, ''],
  ])('$name refuses bytes that do not fit', (row, wire) => {
    expect(row.read(bytes(wire))).toBeUndefined();
  });

  test('host bits of a received route are cleared', () => {
    expect(OPTION.classlessRoutes.read(bytes('0cac1f0a000001'))).toEqual([
      { destination: '172.16.0.0/12', router: '10.0.0.1' },
    ]);
  });

  test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0/8', '10.0.0.0/x'])('route %s is refused', (destination) => {
    expect(() => OPTION.classlessRoutes.write([{ destination, router: '10.0.0.1' }])).toThrow(RangeError);
  });

  test('codes are unique and found', () => {
    const rows = Object.values(OPTION);
    expect(new Set(rows.map(({ code }) => code)).size).toBe(rows.length);
    expect(optionByCode(121)?.name).toBe('classless-static-routes');
  });
});

test(
  'random, truncated and mutated packets never throw',
  () => {
    let read = 0;
    for (const input of mutations(RELAYED, hostileInputs(120_000))) {
      const result = decodeDhcp(input);
      const options = result.ok ? result.value.options : [];
      for (const { code, data } of options) optionByCode(code)?.read(data);
      read += Number(result.ok && relayAgents(result.value).ok);
    }
    expect(read).toBeGreaterThan(5_000);
  },
  HOSTILE_MS,
);

test('what was decoded encodes and decodes to the same bytes', () => {
  let checked = 0;
  let different = 0;
  for (const input of mutations(RELAYED, 20_000, 7)) {
    const result = decodeDhcp(input);
    const plain = result.ok ? [{ ...result.value, sname: '', file: '' }] : [];
    for (const packet of plain) {
      const wire = encodeDhcp(packet);
      different += Buffer.compare(encodeDhcp(decodedPacket(wire)), wire) === 0 ? 0 : 1;
      checked++;
    }
  }
  expect({ different, enough: checked > 2_000 }).toEqual({ different: 0, enough: true });
});

test('withValue makes an option of a row', () => {
  expect(withValue(OPTION.serverIdentifier, '100.64.0.1')).toEqual({ code: 54, data: bytes('64400001') });
});
