import { attributeRow } from '../attribute-row.js';
import { text } from '../value-codec.js';

const options = { vendor: 6527 };

/** Nokia SR OS. `qosOverride` is `i|e:object:[id:]parameter=value,...`, rates in kbit/s, bucket sizes in bytes. */
export const nokia = {
  slaProfile: attributeRow('Alc-SLA-Prof-Str', 13, text, options),
  qosOverride: attributeRow('Alc-Subscriber-QoS-Override', 126, text, options),
  delegatedIpv6Pool: attributeRow('Alc-Delegated-IPv6-Pool', 131, text, options),
  slaacIpv6Pool: attributeRow('Alc-SLAAC-IPv6-Pool', 181, text, options),
} as const;
