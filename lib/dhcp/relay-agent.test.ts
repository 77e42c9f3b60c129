import { describe, expect, test } from '@jest/globals';
import { HOSTILE_MS, hostileInputs, mutations } from '../net/mutate.testkit.js';
import {
  decodeRelayAgent,
  encodeRelayAgent,
  linkSelection,
  type RelayAgentInfo,
  serverIdOverride,
  subOption,
  vendorInformation,
  virtualSubnet,
  vppIngress,
  vppRelayAgent,
} from './relay-agent.js';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));
const VPP = bytes('0104 00000005 0504 64400001');

function agent(hex: string): RelayAgentInfo {
  const result = decodeRelayAgent(bytes(hex));
  expect(result).toMatchObject({ ok: true });
  return (result as { value: RelayAgentInfo }).value;
}

test("VPP's own instance, both ways", () => {
  expect(encodeRelayAgent(vppRelayAgent(5, '100.64.0.1'))).toEqual(Buffer.from(VPP));
  expect(vppIngress(agent('0104 00000005 0504 64400001'))).toEqual({ swIfIndex: 5, relayAddress: '100.64.0.1' });
});

test.each([
  ['no link selection', '0104 00000005'],
  ['circuit-id of an access node', '0107 65746820302f31 0504 64400001'],
  ['short link selection', '0104 00000005 0502 6440'],
])("not VPP's instance: %s", (_name, hex) => {
  expect(vppIngress(agent(hex))).toBeUndefined();
});

describe('sub-options', () => {
  test('circuit-id, remote-id, server-id override', () => {
    const info = agent('0103 612f31 0203 637065 0b04 c0000008');
    expect(Buffer.from(subOption(info, 1) ?? []).toString()).toBe('a/1');
    expect(Buffer.from(subOption(info, 2) ?? []).toString()).toBe('cpe');
    expect(serverIdOverride(info)).toBe('192.0.0.8');
    expect(linkSelection(info)).toBeUndefined();
  });

  test.each([
    ['97 09 00 74656e616e742d61 98 00', { kind: 'name', name: 'tenant-a' }],
    ['97 08 01 0000aa 00000007 98 00', { kind: 'vpn-id', oui: 0xaa, index: 7 }],
    ['97 01 ff', { kind: 'global' }],
    ['97 01 00', undefined],
    ['97 03 01 0000', undefined],
    ['98 00', undefined],
  ])('virtual subnet %s', (hex, expected) => {
    expect(virtualSubnet(agent(hex))).toEqual(expected);
  });

  test.each(['01', '0105 00', '0101 00 02'])('cut off: %s', (hex) => {
    expect(decodeRelayAgent(bytes(hex))).toMatchObject({ ok: false });
  });

  test('more than 255 bytes cannot be encoded', () => {
    const data = new Uint8Array(130);
    expect(() =>
      encodeRelayAgent([
        { code: 1, data },
        { code: 2, data },
      ]),
    ).toThrow(RangeError);
  });
});

test(
  'random, truncated and mutated instances never throw, and what decodes encodes to the same bytes',
  () => {
    let read = 0;
    for (const input of mutations(VPP, hostileInputs(100_000))) {
      const result = decodeRelayAgent(input);
      const infos = result.ok ? [result.value] : [];
      for (const info of infos) {
        virtualSubnet(info);
        vppIngress(info);
        vendorInformation(info, 3561);
        read += Number(Buffer.from(encodeRelayAgent(info)).equals(input));
      }
      read -= infos.length;
    }
    expect(read).toBe(0);
  },
  HOSTILE_MS,
);

test.each([
  ['one vendor of two', '0912 00000009 03 010141 00000de9 05 8103000001', { 129: '000001' }],
  ['a length beyond the option', '0909 00000de9 09 81030000', {}],
  ['a sub-option cut off', '0908 00000de9 03 810300', {}],
  ['nothing', '0100', {}],
])('vendor information: %s', (_, hex, expected) => {
  const found = vendorInformation(agent(hex), 3561);
  expect(Object.fromEntries([...found].map(([code, data]) => [code, Buffer.from(data).toString('hex')]))).toEqual(
    expected,
  );
});
