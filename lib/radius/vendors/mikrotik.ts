import { attributeRow } from '../attribute-row.js';
import { text } from '../value-codec.js';

const options = { vendor: 14988 };

/** MikroTik RouterOS attributes. `rateLimit` is `rx/tx ...`, rx being upload: the router receives it. */
export const mikrotik = {
  rateLimit: attributeRow('Mikrotik-Rate-Limit', 8, text, options),
  addressList: attributeRow('Mikrotik-Address-List', 19, text, options),
  delegatedIpv6Pool: attributeRow('Mikrotik-Delegated-IPv6-Pool', 22, text, options),
} as const;
