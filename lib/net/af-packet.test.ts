import { expect, test } from '@jest/globals';
import { createVethPair, enterPrivateNetwork } from '../../test/harness/private-network.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { PacketSocket } from './af-packet.js';
import { encodeEthernet } from './frame.js';

const privileged = enterPrivateNetwork();
const testAsRoot = privileged ? test : test.skip;
const ending = (frame: Uint8Array) => Buffer.from(frame).toString('hex');

const frameWith = (vids: number[]) =>
  encodeEthernet({
    destinationMac: 'ff:ff:ff:ff:ff:ff',
    sourceMac: '02:00:00:00:00:01',
    tags: vids.map((vid) => ({ vid, pcp: 3 })),
    etherType: 0x0800,
    payload: new Uint8Array(60).fill(vids.length),
  });

testAsRoot('frames arrive whole, with none, one and two tags, and not at the sender', async () => {
  createVethPair('pkt0', 'pkt1');
  const near = PacketSocket.open('pkt0');
  const far = PacketSocket.open('pkt1');
  const seen = { near: [] as string[], far: [] as string[] };
  near.onFrame((frame) => seen.near.push(ending(frame)));
  far.onFrame((frame) => seen.far.push(ending(frame)));
  const frames = [frameWith([]), frameWith([100]), frameWith([100, 7])];
  for (const frame of frames) near.send(frame);
  const wanted = frames.map(ending);
  await waitFor('the frames', () => wanted.every((frame) => seen.far.includes(frame)));
  expect(seen.near.filter((frame) => wanted.includes(frame))).toEqual([]);
  expect(near.unsent).toBe(0);
  await Promise.all([near.close(), far.close()]);
});

test('an unknown device is named', () => {
  expect(() => PacketSocket.open('no-such-dev')).toThrow(/no-such-dev/);
});
