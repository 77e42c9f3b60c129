import { type AttributeRow, attributeRow } from '../attribute-row.js';
import { integer, integer64, octets, text } from '../value-codec.js';

/** The documentation enterprise number (RFC 5612), in use until one is assigned. */
export const DOCUMENTATION_ENTERPRISE = 32473;

/** Rows of our own dictionary, `infra/freeradius/dictionary.causeway`. Download is towards the subscriber. */
export interface CausewayAttributes {
  /** kbit/s, 1 kbit = 1000 bit. */
  readonly downloadKbps: AttributeRow<number>;
  /** kbit/s, 1 kbit = 1000 bit. */
  readonly uploadKbps: AttributeRow<number>;
  readonly downloadBurstBytes: AttributeRow<number>;
  readonly uploadBurstBytes: AttributeRow<number>;
  /** ACL on packets from the subscriber. */
  readonly aclIn: AttributeRow<string>;
  /** ACL on packets to the subscriber. */
  readonly aclOut: AttributeRow<string>;
  /** The line's VRF in Access-Request and accounting; the subscriber's in Access-Accept. */
  readonly vrf: AttributeRow<string>;
  /** Named profile of the catalogue. */
  readonly profile: AttributeRow<string>;
  /** The line in Access-Request and accounting: its name in the configuration. */
  readonly lineId: AttributeRow<string>;
  /** Option 82 of the access node, raw; its parts in order where it is longer than an attribute. */
  readonly relayAgent: AttributeRow<Buffer>;
  /** Counters of a session in one piece; input is from the subscriber. */
  readonly inputOctets: AttributeRow<bigint>;
  readonly outputOctets: AttributeRow<bigint>;
  readonly inputPackets: AttributeRow<bigint>;
  readonly outputPackets: AttributeRow<bigint>;
  /** Of the input packets, those of one family. */
  readonly ip4InputPackets: AttributeRow<bigint>;
  readonly ip6InputPackets: AttributeRow<bigint>;
  /** DSCP written into what the subscriber sends, and into what is sent to it. */
  readonly uploadDscp: AttributeRow<number>;
  readonly downloadDscp: AttributeRow<number>;
  /** Name of a service, once for each. */
  readonly serviceActivate: AttributeRow<string>;
  readonly serviceDeactivate: AttributeRow<string>;
  /** The service that an accounting record is of. */
  readonly service: AttributeRow<string>;
}

/** Our vendor-specific attributes under `enterprise`. */
export function causewayAttributes(enterprise: number = DOCUMENTATION_ENTERPRISE): CausewayAttributes {
  const options = { vendor: enterprise };
  return {
    downloadKbps: attributeRow('Causeway-Download-Kbps', 1, integer, options),
    uploadKbps: attributeRow('Causeway-Upload-Kbps', 2, integer, options),
    downloadBurstBytes: attributeRow('Causeway-Download-Burst-Bytes', 3, integer, options),
    uploadBurstBytes: attributeRow('Causeway-Upload-Burst-Bytes', 4, integer, options),
    aclIn: attributeRow('Causeway-ACL-In', 5, text, options),
    aclOut: attributeRow('Causeway-ACL-Out', 6, text, options),
    vrf: attributeRow('Causeway-VRF', 7, text, options),
    profile: attributeRow('Causeway-Profile', 8, text, options),
    lineId: attributeRow('Causeway-Line-Id', 9, text, options),
    relayAgent: attributeRow('Causeway-Relay-Agent', 10, octets, options),
    inputOctets: attributeRow('Causeway-Input-Octets-64', 11, integer64, options),
    outputOctets: attributeRow('Causeway-Output-Octets-64', 12, integer64, options),
    inputPackets: attributeRow('Causeway-Input-Packets-64', 13, integer64, options),
    outputPackets: attributeRow('Causeway-Output-Packets-64', 14, integer64, options),
    uploadDscp: attributeRow('Causeway-Upload-DSCP', 15, integer, options),
    downloadDscp: attributeRow('Causeway-Download-DSCP', 16, integer, options),
    serviceActivate: attributeRow('Causeway-Service-Activate', 17, text, options),
    serviceDeactivate: attributeRow('Causeway-Service-Deactivate', 18, text, options),
    service: attributeRow('Causeway-Service', 19, text, options),
    ip4InputPackets: attributeRow('Causeway-IPv4-Input-Packets-64', 20, integer64, options),
    ip6InputPackets: attributeRow('Causeway-IPv6-Input-Packets-64', 21, integer64, options),
  };
}
