import { isIP } from 'node:net';
import { z } from 'zod';

/** Field types shared by the kinds. Everything is plain JSON. */
export const macText = z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/, 'a MAC address in lower case');
export const ipText = z.string().refine((text) => isIP(text) !== 0, 'an IP address');
export const ip4Text = z.ipv4();
/** An address with a length; host bits are allowed where the kind says so. Text in VPP's (RFC 5952) form. */
export const prefixText = z.string().refine((text) => isPrefix(text), 'a prefix such as 192.0.2.0/24');
/** L3 MTU in bytes; 0 takes the parent's. */
export const mtuBytes = z.int().min(0).max(9216);
export const vlanId = z.int().min(1).max(4094);

/** Whether a value is the text of an address with a length. */
export function isPrefix(text: unknown): text is string {
  if (typeof text !== 'string') return false;
  const slash = text.indexOf('/');
  const length = text.slice(slash + 1);
  const family = slash < 0 ? 0 : isIP(text.slice(0, slash));
  return family !== 0 && /^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128);
}

export const isIp6 = (text: string): boolean => text.includes(':');
