import { type AttributeRow, attributeRow } from '../attribute-row.js';
import { integer, octets } from '../value-codec.js';

/** The DSL Forum's enterprise number. */
export const DSL_FORUM = 3561;
const options = { vendor: DSL_FORUM };

/** RFC 4679: what the access node says about the line. Circuit and remote id are DHCP option 82's bytes as received. */
export const dslForum = {
  agentCircuitId: attributeRow('ADSL-Agent-Circuit-Id', 1, octets, options),
  agentRemoteId: attributeRow('ADSL-Agent-Remote-Id', 2, octets, options),
  /** RFC 4679 section 3.3.6: three octets as the access node gave them. */
  accessLoopEncapsulation: attributeRow('Access-Loop-Encapsulation', 144, octets, options),
} as const;

/** Rates of the line, bit/s in RADIUS (RFC 4679 section 3.3), kbit/s in the access node's sub-option of the same number. */
export const dslForumRates = rows({
  129: 'Actual-Data-Rate-Upstream',
  130: 'Actual-Data-Rate-Downstream',
  131: 'Minimum-Data-Rate-Upstream',
  132: 'Minimum-Data-Rate-Downstream',
  133: 'Attainable-Data-Rate-Upstream',
  134: 'Attainable-Data-Rate-Downstream',
  135: 'Maximum-Data-Rate-Upstream',
  136: 'Maximum-Data-Rate-Downstream',
  137: 'Minimum-Data-Rate-Upstream-Low-Power',
  138: 'Minimum-Data-Rate-Downstream-Low-Power',
});

/** Interleaving delays in milliseconds, in RADIUS and from the access node. */
export const dslForumDelays = rows({
  139: 'Maximum-Interleaving-Delay-Upstream',
  140: 'Actual-Interleaving-Delay-Upstream',
  141: 'Maximum-Interleaving-Delay-Downstream',
  142: 'Actual-Interleaving-Delay-Downstream',
});

function rows(names: Readonly<Record<number, string>>): readonly AttributeRow<number>[] {
  return Object.entries(names).map(([type, name]) => attributeRow(name, Number(type), integer, options));
}
