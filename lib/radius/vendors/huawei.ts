import { attributeRow } from '../attribute-row.js';
import { integer, text } from '../value-codec.js';

const options = { vendor: 2011 };

/** Huawei's RADIUS+ 1.1. Rates are in bit/s; input is from the subscriber. */
export const huawei = {
  inputAverageRateBps: attributeRow('Huawei-Input-Average-Rate', 2, integer, options),
  outputAverageRateBps: attributeRow('Huawei-Output-Average-Rate', 5, integer, options),
  qosProfileName: attributeRow('Huawei-Qos-Profile-Name', 31, text, options),
  delegatedIpv6PrefixPool: attributeRow('Huawei-Delegated-IPv6-Prefix-Pool', 191, text, options),
} as const;
