import { describe, expect, test } from '@jest/globals';
import { beginFrame, endFrame, FrameParser, frame, headerBytes } from './framing.js';
import { Writer } from './wire.js';

/** `control_ping` of the first socket client as VPP was seen to take it. */
const golden = Buffer.from('0000000000000000' + '0000000a' + '00000000' + '001780000001cafe0001', 'hex');

const bodies = [Buffer.from('00170001', 'hex'), Buffer.alloc(5000, 7), Buffer.from('0001', 'hex')];
const bytes = Buffer.concat(bodies.map((body) => frame(body)));

function collect(chunks: Uint8Array[], parser = new FrameParser()): { bodies: string[]; ok: boolean } {
  const seen: string[] = [];
  const results = chunks.map((chunk) => parser.push(chunk, (body) => seen.push(Buffer.from(body).toString('hex'))));
  return { bodies: seen, ok: results.every((result) => result.ok) };
}

test('a frame is laid out as VPP takes it', () => {
  const body = golden.subarray(headerBytes);
  expect(Buffer.from(frame(body)).equals(golden)).toBe(true);
  const writer = new Writer();
  const start = beginFrame(writer);
  for (const byte of body) writer.u8(byte);
  endFrame(writer, start);
  expect(Buffer.from(writer.finish()).equals(golden)).toBe(true);
});

describe('bodies come out whole', () => {
  const expected = { ok: true, bodies: bodies.map((body) => body.toString('hex')) };
  test.each([1, 3, 15, 16, 17, 18, 4096, bytes.length])('in reads of %i bytes', (size) => {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    expect(collect(chunks)).toEqual(expected);
  });
  test('with anything in the fields that VPP leaves to chance', () => {
    const noisy = Buffer.from(frame(Buffer.from('abcd', 'hex')));
    noisy.fill(0xff, 0, 8).fill(0xff, 12, 16);
    expect(collect([noisy])).toEqual({ ok: true, bodies: ['abcd'] });
  });
});

describe('nonsense is an error', () => {
  test.each([0, 1, 1001, 0xffffffff])('a length of %i', (length) => {
    const header = Buffer.alloc(headerBytes);
    header.writeUInt32BE(length, 8);
    expect(new FrameParser(1000).push(header, () => {})).toMatchObject({ ok: false });
  });
});

test('100,000 random chunks are taken or refused, never thrown on', () => {
  let state = 99;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
  let refused = 0;
  let parser = new FrameParser(4096);
  for (let round = 0; round < 100_000; round++) {
    const chunk = Buffer.alloc(random() % 64);
    for (let i = 0; i < chunk.length; i++) chunk[i] = random() % 4 === 0 ? random() : 0;
    const result = parser.push(chunk, () => {});
    parser = result.ok ? parser : new FrameParser(4096);
    refused += result.ok ? 0 : 1;
  }
  expect(refused).toBeGreaterThan(1000);
});
