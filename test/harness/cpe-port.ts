import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PacketSocket } from '#lib/net/af-packet.js';
import { decodeEthernet, encodeEthernet, type VlanTag } from '#lib/net/frame.js';
import { Child } from './child.js';
import type { FrameLink } from './frame-link.js';
import { createVethPair, removeDevice } from './private-network.js';
import { waitFor } from './wait-for.js';

const device = 'cw-cpe';
const far = 'cw-cpe-far';

/** Whether the kernel has made sure that nobody else has the device's link-local address. */
const hasLinkLocal = (): boolean =>
  spawnSync('ip', ['-6', '-o', 'address', 'show', 'dev', device, 'scope', 'link', '-tentative']).stdout.length > 0;

/**
 * A network device of a subscriber's host, ready for IPv6: what it sends leaves by `access` with the tags of its line, and
 * comes back without.
 */
export async function openCpePort(access: FrameLink, mac: string, tags: VlanTag[]) {
  createVethPair(device, far, mac);
  const socket = PacketSocket.open(far);
  const line = tags.map(({ vid }) => vid).join('.');
  socket.onFrame((bytes) => {
    const frame = decodeEthernet(bytes);
    if (frame.ok && frame.value.sourceMac === mac) access.send(encodeEthernet({ ...frame.value, tags }));
  });
  access.onFrame((bytes) => {
    const frame = decodeEthernet(bytes);
    const mine = frame.ok && frame.value.tags.map(({ vid }) => vid).join('.') === line;
    if (mine) socket.send(encodeEthernet({ ...frame.value, tags: [] }));
  });
  await waitFor('a link-local address', hasLinkLocal, 40_000);
  return {
    device,
    async close() {
      await socket.close();
      removeDevice(device);
    },
  };
}

/** What dhclient told its script: one reason and its variables. */
export interface DhclientEvent {
  reason: string;
  [variable: string]: string;
}

/**
 * ISC dhclient on a device. Its script sets no address: it writes down what it is told. `family` 6 asks for an address
 * and a prefix.
 */
export function startDhclient(folder: string, onDevice: string, family: 4 | 6) {
  const at = (name: string) => join(folder, `dhclient${family}.${name}`);
  writeFileSync(at('script'), `#!/bin/sh\n(env | grep -E '^(reason|new_|old_)'; echo .) >>${at('events')}\n`, {
    mode: 0o755,
  });
  writeFileSync(at('events'), '');
  writeFileSync(at('conf'), 'timeout 60; retry 5; initial-interval 2;\n');
  const kind = family === 6 ? ['-6', '-N', '-P'] : ['-4'];
  const files = ['-cf', at('conf'), '-lf', at('leases'), '-pf', at('pid'), '-sf', at('script')];
  const child = new Child('dhclient', 'dhclient', [...kind, '-d', '-v', ...files, onDevice]);
  return {
    child,
    /** Oldest first. */
    events: (): DhclientEvent[] =>
      readFileSync(at('events'), 'utf8')
        .split('\n.\n')
        .filter((text) => text.includes('reason='))
        .map((text) => {
          const pairs = text
            .split('\n')
            .map((row) => [row.slice(0, row.indexOf('=')), row.slice(row.indexOf('=') + 1)]);
          return { reason: '', ...Object.fromEntries(pairs) };
        }),
  };
}
