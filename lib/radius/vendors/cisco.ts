import { attributeRow } from '../attribute-row.js';
import { text } from '../value-codec.js';

const options = { vendor: 9 };

/** Cisco IOS. `avPair` is `protocol:attribute=value`; `serviceInfo` is ISG's rates, `QU;CIR;burst;burst;D;CIR;burst;burst`. */
export const cisco = {
  avPair: attributeRow('Cisco-AVPair', 1, text, options),
  /** ISG: a letter, then what it is of; `A` names a service that is on from the start. */
  accountInfo: attributeRow('Cisco-Account-Info', 250, text, options),
  serviceInfo: attributeRow('Cisco-Service-Info', 251, text, options),
} as const;
