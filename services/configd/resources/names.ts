import { createHash } from 'node:crypto';
import { z } from 'zod';

/** A name in the configuration: letters, digits, `-`, `_`; at most 32 characters, no dot (dots join VLANs to a port). */
export const plainName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, 'letters, digits, - and _, at most 32');

/** Name of a list of our own; the dot keeps it apart from names that people give. */
export const dhcpClientAclName = 'builtin.dhcp-client';
export const raGuardAclName = 'builtin.ra-guard';
export const permitAllAclName = 'builtin.permit-all';
/** How the names of lists begin that policy based routing makes. */
export const pbrAclPrefix = 'builtin.pbr.';
/** Name of something of our own. */
export const builtinName = z.string().regex(/^builtin\.[A-Za-z0-9._-]{1,120}$/);
/** Name of an ACL: a person's, or one of our own. */
export const aclName = plainName.or(builtinName);

/** Key of an interface of any kind: `host-interface/core`, `sub-interface/access.100.7`. */
export const interfaceKey = z
  .string()
  .regex(/^(host-interface|vpp-interface|memif|bond|loopback|sub-interface)\/[A-Za-z0-9._-]+$/);
/** Key of a VRF; the default table is never named: leave the field out. */
export const vrfKey = z.string().regex(/^vrf\/[A-Za-z0-9._-]+$/);
export const aclKey = z.string().regex(/^acl\/.+$/);
export const policerKey = z.string().regex(/^policer\/.+$/);

/** `access.100.7` of `sub-interface/access.100.7`, `blue` of `vrf/blue`. */
export const nameOf = (key: string): string => key.slice(key.indexOf('/') + 1);
/** The VRF's name, `default` for an absent one. */
export const vrfName = (vrf: string | undefined): string => (vrf === undefined ? 'default' : nameOf(vrf));

/** What an L3 thing on an interface needs: the interface, and its binding when it is in a VRF. */
export const onInterface = (iface: string, vrf: string | undefined): string[] =>
  vrf === undefined ? [iface] : [iface, `interface-vrf/${nameOf(iface)}`];

const mark = 'cw:';
const limitBytes = 63;

/** Our mark in VPP's 64-byte names and tags: `cw:` and the text, or `cw:#` and a digest when that is too long. */
export function vppName(text: string): string {
  const name = `${mark}${text}`;
  if (Buffer.byteLength(name) <= limitBytes) return name;
  return `${mark}#${createHash('sha256').update(text).digest('hex').slice(0, 48)}`;
}

/** The text behind our mark; undefined when the name is not ours. */
export const ourName = (name: string): string | undefined =>
  name.startsWith(mark) ? name.slice(mark.length) : undefined;

/** Undoes `vppName`: `candidates` answer for names that were too long. */
export function nameReader(candidates: Iterable<string>): (name: string) => string | undefined {
  const long = new Map<string, string>();
  for (const text of candidates) {
    const name = vppName(text);
    if (name !== mark + text) long.set(name, text);
  }
  return (name) => long.get(name) ?? ourName(name);
}

/** A locally administered unicast MAC that stays the same for the same words (node and interface name, say). */
export function stableMac(...words: string[]): string {
  const digest = createHash('sha256').update(words.join('\0')).digest();
  const bytes = [0x02, ...digest.subarray(0, 5)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
