import { describe, expect, it } from '@jest/globals';
import { heapGrowthMb, randomSource } from '#lib/net/mutate.testkit.js';
import { AttributeList } from './attribute-list.js';
import { type AttributeRow, attribute } from './attribute-row.js';
import { attributes } from './attributes.js';
import { Code } from './codes.js';
import { decodeReply, decodeRequest, encodeReply, encodeRequest } from './message.js';
import { decodePacket } from './packet.js';
import { causewayAttributes } from './vendors/causeway.js';

const COUNT = 1_000_000;
const secret = Buffer.from('s');
const causeway = causewayAttributes();
const typed = [
  attribute(attributes.framedIpAddress, '100.64.0.7'),
  attribute(attributes.delegatedIpv6Prefix, '2001:db8::/56'),
  attribute(causeway.downloadKbps, 1000),
];
const sent = encodeRequest({ code: Code.accessRequest, identifier: 1, secret, attributes: typed });
const asked = { identifier: 1, authenticator: sent.authenticator };
const accept = encodeReply({ code: Code.accessAccept, request: asked, attributes: typed, secret });
const disconnect = encodeRequest({ code: Code.disconnectRequest, identifier: 1, secret, attributes: typed }).bytes;
const rows = [...Object.values(attributes), ...Object.values(causeway)] as AttributeRow<unknown>[];
const rules = { requireMessageAuthenticator: true };

/** Calls `visit` with hostile inputs made of `sample`: cut short, lengthened, changed in places, random. One buffer serves all. */
function hostile(sample: Buffer, count: number, seed: number, visit: (bytes: Buffer) => void): void {
  const random = randomSource(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const scratch = Buffer.alloc(sample.length + 16);
  for (let n = 0; n < count; n++) {
    sample.copy(scratch);
    const length = n % 4 === 0 ? below(sample.length + 1) : sample.length + (n % 4 === 1 ? below(16) : 0);
    const changes = n % 64 === 63 ? length : below(6);
    for (let change = 0; change < changes; change++) scratch[below(length)] = below(256);
    visit(scratch.subarray(0, length));
  }
}

describe('1,000,000 random and mutated packets', () => {
  it('are split or refused, and their attributes fill them', () => {
    const odd: string[] = [];
    let split = 0;
    const growthMb = heapGrowthMb(() =>
      hostile(disconnect, COUNT, 1, (bytes) => {
        const packet = decodePacket(bytes);
        if (!packet.ok) return;
        split++;
        const filled = packet.value.attributes.reduce((sum, { value }) => sum + value.length + 2, 20);
        if (filled !== packet.value.bytes.length) odd.push(bytes.toString('hex'));
      }),
    );
    expect(growthMb).toBeLessThan(10);
    expect(odd).toEqual([]);
    expect(split).toBeGreaterThan(100_000);
  }, 120_000);

  it.each<[string, Buffer, (datagram: Buffer) => boolean]>([
    ['requests', disconnect, (datagram) => decodeRequest(datagram, secret, rules).ok],
    ['replies', accept, (datagram) => decodeReply(datagram, sent, secret, rules).ok],
  ])(
    'as %s are never taken for authentic unless nothing was changed',
    (_, sample, isTaken) => {
      expect(isTaken(sample)).toBe(true);
      const forged: string[] = [];
      hostile(sample, COUNT, 2, (bytes) => {
        if (isTaken(bytes) && !bytes.subarray(0, sample.length).equals(sample)) forged.push(bytes.toString('hex'));
      });
      expect(forged).toEqual([]);
    },
    120_000,
  );
});

it('attributes of 50,000 mutated packets are read by every row without throwing', () => {
  let found = 0;
  hostile(accept, 50_000, 4, (bytes) => {
    const packet = decodePacket(bytes);
    if (!packet.ok) return;
    const list = AttributeList.of(packet.value.attributes, { secret, requestAuthenticator: Buffer.alloc(16) });
    for (const row of rows) found += list.all(row).length;
  });
  expect(found).toBeGreaterThan(10_000);
}, 120_000);
