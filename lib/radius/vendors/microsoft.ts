import { attributeRow } from '../attribute-row.js';
import { ipv4Address } from '../value-codec.js';

const options = { vendor: 311 };

/** RFC 2548 sections 2.5.3 and 2.5.4: name servers for the subscriber. */
export const microsoft = {
  primaryDnsServer: attributeRow('MS-Primary-DNS-Server', 28, ipv4Address, options),
  secondaryDnsServer: attributeRow('MS-Secondary-DNS-Server', 29, ipv4Address, options),
} as const;
