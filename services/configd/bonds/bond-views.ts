import { Bond } from '#gen/bng/v1/configd.js';
import type { Registry } from '#lib/kernel/metrics.js';
import type { Route } from '#lib/kernel/ops-server.js';
import { liveGauges } from '../live-gauges.js';
import { viewRoute } from '../view-route.js';

interface Bonds {
  readonly bonds: readonly Bond[];
}

/** Metrics of bonds and members on a registry. Nodes have few of them, so that names may be labels. */
export function bondGauges(registry: Registry, source: Bonds): void {
  const gauge = liveGauges(registry);
  const perBond = (name: string, help: string, read: (bond: Bond) => number) =>
    gauge(name, help, ['bond'], (set) => {
      for (const bond of source.bonds) set({ bond: bond.name }, read(bond));
    });
  const perMember = (name: string, help: string, read: (member: Bond['members'][number]) => number | undefined) =>
    gauge(name, help, ['bond', 'member'], (set) => {
      for (const bond of source.bonds)
        for (const member of bond.members) set({ bond: bond.name, member: member.name }, read(member));
    });
  perBond('bond_up', '1 while the bond has link', ({ up }) => Number(up));
  perBond('bond_active_members', 'Members that carry traffic', ({ activeMembers }) => activeMembers);
  perBond('bond_min_members', 'Fewer active members degrade the node', ({ minMembers }) => minMembers);
  perBond('bond_degraded', '1 while too few members carry traffic', ({ degraded }) => Number(degraded));
  perBond(
    'bond_changed_timestamp_seconds',
    'Last change seen of the bond',
    ({ changedMs }) => Number(changedMs) / 1000,
  );
  perMember('bond_member_active', '1 while the member carries traffic', ({ active }) => Number(active));
  perMember('bond_member_synchronised', '1 while LACP has both ends in the bond', ({ lacp }) =>
    lacp ? Number(lacp.synchronised) : undefined,
  );
}

/** `GET /bonds`: the bonds as JSON, as over gRPC. */
export const bondRoutes = (source: Bonds): Route =>
  viewRoute('/bonds', () => ({ bonds: source.bonds.map(Bond.toJSON) }));
