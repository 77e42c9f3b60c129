import { attributeRow } from '../attribute-row.js';
import { integer } from '../value-codec.js';

const options = { vendor: 14122 };

/** Wi-Fi Alliance WISPr 1.0. Rates are in bit/s, up and down as the subscriber sees them. */
export const wispr = {
  bandwidthMaxUpBps: attributeRow('WISPr-Bandwidth-Max-Up', 7, integer, options),
  bandwidthMaxDownBps: attributeRow('WISPr-Bandwidth-Max-Down', 8, integer, options),
} as const;
