import { z } from 'zod';
import { macAt } from '#lib/net/address.js';
import { macValue } from '#lib/policy/frame-match.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { DENY, PERMIT } from './classifier.js';
import { macText } from './fields.js';
import { type HostFamily, ip4Hosts, ip6Hosts } from './host-family.js';
import type { HostGuardHandle, HostGuardSpec } from './host-guard.js';
import { nameOf } from './names.js';
import { sequence } from './sequence.js';

export interface HostGuardEntrySpec {
  /** Key of the guard: `host-guard/access.200`. */
  on: string;
  tags: number;
  address: string;
  mac: string;
  /** Others of the same line may not reach it. */
  isolated: boolean;
}

function steps({ vpp, handle }: KindContext, { on, address, mac, isolated }: HostGuardEntrySpec) {
  const guard = handle<HostGuardHandle>(on);
  const host = [macValue(mac)];
  const permit = {
    act: () => guard.hosts.add(vpp, address, host, PERMIT, on),
    revert: () => guard.hosts.remove(vpp, address, host),
  };
  const deny = {
    act: () => guard.isolated.add(vpp, address, [], DENY, on),
    revert: () => guard.isolated.remove(vpp, address, []),
  };
  return isolated ? [deny, permit] : [permit];
}

/** The kind for one address family. */
function hostGuardEntryOf(family: HostFamily) {
  const kind = `host-guard${family.suffix}-entry`;
  const guardKind = `host-guard${family.suffix}`;
  const schema = z.strictObject({
    on: z.string().regex(new RegExp(`^${guardKind}/.+$`)),
    tags: z.int().min(0).max(2),
    address: family.text,
    mac: macText,
    isolated: z.boolean(),
  });
  const keyOf = (on: string, address: string) => `${kind}/${nameOf(on)}/${address}`;

  return resource<HostGuardEntrySpec, null>({
    kind,
    schema,
    key: (spec) => keyOf(spec.on, spec.address),
    needs: (spec) => [spec.on],
    async read(ctx) {
      const found = new Map<string, Found<HostGuardEntrySpec, null>>();
      for (const [on, { spec, handle }] of ctx.foundOf(guardKind)) {
        const { tags } = spec as HostGuardSpec;
        const { hosts, isolated } = handle as HostGuardHandle;
        const apart = new Set((await isolated.read(ctx.vpp)).map(({ address }) => address));
        for (const { address, values } of await hosts.read(ctx.vpp)) {
          const mac = macAt(values[0] ?? new Uint8Array(6), 0);
          const entry = { on, tags, address, mac, isolated: apart.has(address) };
          found.set(keyOf(on, address), { spec: entry, handle: null, ours: true });
        }
      }
      return found;
    },
    async create(ctx, spec) {
      await sequence(steps(ctx, spec));
      return null;
    },
    remove: (ctx, _handle, spec) =>
      sequence(
        steps(ctx, spec)
          .reverse()
          .map(({ act, revert }) => ({ act: revert, revert: act })),
      ),
  });
}

/** What one subscriber of a guarded line may send, and that its neighbours may not send to it. */
export const hostGuardEntry = hostGuardEntryOf(ip4Hosts);
export const hostGuardEntry6 = hostGuardEntryOf(ip6Hosts);
