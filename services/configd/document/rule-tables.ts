import type { CompiledPbrRule } from '#lib/policy/pbr.js';
import type { PbrRule } from '#lib/policy/pbr-rule.js';
import type { Resource } from '../reconcile/resource.js';
import { pbrAclPrefix } from '../resources/names.js';
import { route } from '../resources/route.js';
import { vrf } from '../resources/vrf.js';
import { pathOf } from './compile-routes.js';
import { numbersFor } from './keys.js';
import type { Model } from './model.js';
import type { PbrConfig } from './pbr-schema.js';

/** Numbers of the tables of rules; VRFs of the document have others. */
export const ruleTables = { first: 0x7d00_0000, count: 0x0100_0000 } as const;

const isWatched = ({ nextHop }: { nextHop?: string | undefined }): boolean => nextHop !== undefined;

/** The rules with the places of their watched next hops written out; of one that is not there nothing is said. */
export const withPlaces = ({ document }: Model, rules: PbrConfig['rules']): PbrRule[] =>
  rules.map((rule) => ({
    ...rule,
    via: rule.via?.map((hop) => {
      if (hop.nextHop === undefined) return hop;
      const { address, interface: out } = document.nextHops[hop.nextHop] ?? { interface: hop.nextHop };
      return { ...hop, address, interface: out };
    }),
  }));

/**
 * A rule with watched next hops sends its packets to a table of its own, whose default route has them: next hops come and go in that
 * route, while the policy, which VPP cannot change in place, stays.
 */
export class RuleTables {
  private readonly numbers: ReadonlyMap<string, number>;

  constructor(private readonly model: Model) {
    const names = Object.entries(model.document.pbr).flatMap(([list, { rules }]) =>
      rules
        .filter(({ via = [] }) => via.some(isWatched))
        .flatMap(({ name }) => [4, 6].map((of) => `${list}.${name}.${of}`)),
    );
    this.numbers = numbersFor(names, ruleTables.count);
  }

  /** The table of a rule by its name (`list.rule.family`) with its route; `ingress` is the VRF that packets come in by. Undefined: needs none. */
  of(
    name: string,
    { action, family }: CompiledPbrRule,
    ingress: string,
  ): { key: string; resources: Resource[] } | undefined {
    const number = this.numbers.get(name);
    if (action.kind !== 'via' || number === undefined) return undefined;
    const table = vrf.of({ name: `${pbrAclPrefix}${name}`, tableId: ruleTables.first + number });
    const paths = action.hops.map((hop) => {
      const { address, interface: out, nextHop, minWeight, weight, preference } = hop;
      const lookup = out === undefined && !isWatched(hop) ? ingress : undefined;
      return pathOf(this.model, table.spec.name, {
        address,
        interface: out,
        vrf: lookup,
        nextHop,
        minWeight,
        weight,
        preference,
      });
    });
    const to = route.of({ vrf: table.key, prefix: family === 6 ? '::/0' : '0.0.0.0/0', paths });
    return { key: table.key, resources: [table, to] };
  }
}
