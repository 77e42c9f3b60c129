import { z } from 'zod';
import { filterRuleSchema } from './filter-rule.js';

/** What packets a rule is about: the words of a filter rule; left out means any. */
export const pbrMatchShape = {
  ...filterRuleSchema.omit({ action: true }).shape,
  dscp: z.union([z.string(), z.number()]).optional().meta({ description: "Refused: VPP's ACLs do not see it." }),
};

const pbrMatchSchema = z.strictObject(pbrMatchShape);

/** One next hop: an address, an interface (by its name in the configuration), or both. */
export interface PbrNextHop {
  readonly address?: string | undefined;
  readonly interface?: string | undefined;
  /** Share of the load among those of the same preference, 1..255. */
  readonly weight: number;
  /** Only those of the lowest value that works are used. */
  readonly preference: number;
  /** Its name where it is watched; where it is stands in `address` and `interface` as for any other. */
  readonly nextHop?: string | undefined;
  /** The least weight while it loses probes. */
  readonly minWeight?: number | undefined;
}

/** One rule as written; exactly one of `via`, `vrf`, `drop` and `normal` says where its packets go. */
export interface PbrRule extends z.input<typeof pbrMatchSchema> {
  readonly name: string;
  readonly via?: readonly PbrNextHop[] | undefined;
  /** Routed by the tables of this VRF. */
  readonly vrf?: string | undefined;
  readonly drop?: boolean | undefined;
  /** Routed as if there were no policy. */
  readonly normal?: boolean | undefined;
}
