import { groupBy } from '../group-by.js';
import { type AddressAt, type AnyInterface, type Model, portOf, writtenInterfaces } from '../model.js';
import { networkText } from '../prefix.js';
import { advice, mistake, type Problem, pathText } from '../problem.js';

interface Owned extends AddressAt {
  readonly owner: AnyInterface;
}

/** Networks of one VRF that meet, relays whose source is nowhere, and MTUs too small for IPv6. */
export function checkAddresses(model: Model): Problem[] {
  const sure = [...writtenInterfaces(model)].filter(({ name }) => !model.doubtful.has(portOf(name)));
  const owned = sure.flatMap((owner) => owner.addresses.map((at) => ({ ...at, owner })));
  return [...checkOverlaps(owned), ...checkRelays(model, owned), ...checkMtu(model)];
}

function checkOverlaps(owned: readonly Owned[]): Problem[] {
  const byTable = groupBy(owned, ({ owner, prefix }) => `${owner.config.vrf} ${prefix.family}`);
  return [...byTable.values()].flatMap(overlapsOfTable);
}

/** Sorted by first address, a network that meets an earlier one meets the one that reaches furthest. */
function overlapsOfTable(owned: readonly Owned[]): Problem[] {
  const problems: Problem[] = [];
  const sorted = owned.map((item, order) => ({ item, order })).sort(byFirst);
  let furthest: (typeof sorted)[number] | undefined;
  for (const next of sorted) {
    if (furthest && next.item.prefix.first <= furthest.item.prefix.last) {
      const [earlier, later] = furthest.order < next.order ? [furthest.item, next.item] : [next.item, furthest.item];
      problems.push(overlap(earlier, later));
    }
    if (!furthest || next.item.prefix.last > furthest.item.prefix.last) furthest = next;
  }
  return problems;
}

interface Ordered {
  item: Owned;
  order: number;
}

function byFirst(a: Ordered, b: Ordered): number {
  if (a.item.prefix.first !== b.item.prefix.first) return a.item.prefix.first < b.item.prefix.first ? -1 : 1;
  return a.order - b.order;
}

function overlap(earlier: Owned, later: Owned): Problem {
  const same = networkText(earlier.prefix) === networkText(later.prefix);
  const relation = same ? 'is the same network as' : 'overlaps';
  const where = `${earlier.text} of "${earlier.owner.name}" (${pathText(earlier.path)})`;
  return mistake(later.path, `${later.text} ${relation} ${where}; in one VRF networks must be apart`);
}

function checkRelays({ document, doubtful }: Model, owned: readonly Owned[]): Problem[] {
  const first = new Map<string, number>();
  return document.dhcpRelay.flatMap((relay, index) => {
    const path = ['dhcpRelay', index];
    const ip6 = relay.server.includes(':');
    if (ip6 !== relay.source.includes(':'))
      return [mistake([...path, 'source'], `${relay.source} is of another family than the server ${relay.server}`)];
    const name = `${ip6 ? 'ip6' : 'ip4'}/${relay.vrf}`;
    const earlier = first.get(name);
    if (earlier !== undefined)
      return [
        mistake(
          path,
          `VRF ${relay.vrf} already has a relay (dhcpRelay[${earlier}]); VPP keeps one source for each VRF and family`,
        ),
      ];
    first.set(name, index);
    return doubtful.size > 0 ? [] : checkRelayAddresses(relay, path, owned);
  });
}

const hostOf = (text: string): string => text.slice(0, text.indexOf('/'));

function checkRelayAddresses(
  relay: Model['document']['dhcpRelay'][number],
  path: (string | number)[],
  owned: readonly Owned[],
): Problem[] {
  const local = owned.filter(({ owner }) => owner.config.vrf === relay.serverVrf);
  const problems: Problem[] = [];
  if (!local.some(({ text }) => hostOf(text) === relay.source)) {
    const elsewhere = owned.find(({ text }) => hostOf(text) === relay.source);
    const is = elsewhere ? `is in VRF ${elsewhere.owner.config.vrf}` : 'is no address of any interface';
    const message = `${relay.source} ${is}; the source must be an address of an interface in the VRF of the server (${relay.serverVrf})`;
    problems.push(mistake([...path, 'source'], message));
  }
  if (local.some(({ text }) => hostOf(text) === relay.server))
    problems.push(
      mistake([...path, 'server'], `${relay.server} is an address of this node; the server is another host`),
    );
  return problems;
}

function checkMtu(model: Model): Problem[] {
  return [...writtenInterfaces(model)].flatMap(({ config, path, addresses }) => {
    const small = config.mtu !== undefined && config.mtu < 1280;
    if (!small || !addresses.some(({ prefix }) => prefix.family === 6)) return [];
    return [advice([...path, 'mtu'], `IPv6 needs an MTU of at least 1280 (RFC 8200), this is ${config.mtu}`)];
  });
}
