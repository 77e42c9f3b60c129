import { macAt, macBytes } from '../net/address.js';

const LINK_LAYER_TIME = 1;
const LINK_LAYER = 3;
const ETHERNET = 1;

/** A DUID is 2 bytes of type and at most 128 more (RFC 8415 section 11.1). */
export const isDuid = (bytes: Uint8Array): boolean => bytes.length >= 3 && bytes.length <= 130;

/** DUID-LL of an Ethernet address (RFC 8415 section 11.4). */
export const linkLayerDuid = (mac: string): Uint8Array =>
  Uint8Array.from([0, LINK_LAYER, 0, ETHERNET, ...macBytes(mac)]);

/** The Ethernet address in a DUID-LL or DUID-LLT; a hint only: clients keep a DUID when they change the card. */
export function macOfDuid(duid: Uint8Array): string | undefined {
  const type = ((duid[0] ?? 0) << 8) | (duid[1] ?? 0);
  const hardware = ((duid[2] ?? 0) << 8) | (duid[3] ?? 0);
  const at = type === LINK_LAYER_TIME ? 8 : 4;
  if (hardware !== ETHERNET || (type !== LINK_LAYER && type !== LINK_LAYER_TIME) || duid.length !== at + 6)
    return undefined;
  return macAt(duid, at);
}
