import { attributeRow } from '../attribute-row.js';
import { integer, text } from '../value-codec.js';

const options = { vendor: 4874 };

/** Juniper's E and MX series (Unisphere's number). Ingress is from the subscriber. */
export const erx = {
  virtualRouterName: attributeRow('ERX-Virtual-Router-Name', 1, text, options),
  addressPoolName: attributeRow('ERX-Address-Pool-Name', 2, text, options),
  ingressPolicyName: attributeRow('ERX-Ingress-Policy-Name', 10, text, options),
  egressPolicyName: attributeRow('ERX-Egress-Policy-Name', 11, text, options),
  qosProfileName: attributeRow('ERX-Qos-Profile-Name', 26, text, options),
  /** Tagged (RFC 2868); the name of a service, with parameters in parentheses. */
  serviceActivate: attributeRow('ERX-Service-Activate', 65, text, { ...options, tagged: true }),
  serviceDeactivate: attributeRow('ERX-Service-Deactivate', 66, text, options),
  /** `T<nn> value`: T02 is the downstream shaping rate in bit/s, with k, m or g. */
  cosParameter: attributeRow('ERX-CoS-Shaping-Pmt-Type', 108, text, options),
  /** Accounting, of the packets from the subscriber. */
  ip6AcctInputPackets: attributeRow('ERX-IPv6-Acct-Input-Packets', 153, integer, options),
  ndRaPoolName: attributeRow('ERX-IPv6-NdRa-Pool-Name', 157, text, options),
  delegatedPoolName: attributeRow('ERX-IPv6-Delegated-Pool-Name', 161, text, options),
  inputInterfaceFilter: attributeRow('ERX-Input-Interface-Filter', 191, text, options),
  outputInterfaceFilter: attributeRow('ERX-Output-Interface-Filter', 192, text, options),
} as const;
