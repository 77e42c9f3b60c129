import { jsonEqual } from '../reconcile/json-equal.js';
import type { Resource } from '../reconcile/resource.js';
import { det44 } from '../resources/det44.js';
import { det44Interface } from '../resources/det44-interface.js';
import { det44Map } from '../resources/det44-map.js';
import { det44Timeouts } from '../resources/det44-timeouts.js';
import { ip4Number } from '../resources/ip4-range.js';
import type { NatRole } from '../resources/nat-interface.js';
import type { NatPoolSpec } from '../resources/nat-pool.js';
import { defaultNatTimeouts } from '../resources/nat-timeouts.js';
import { nat44Ed } from '../resources/nat44-ed.js';
import { nat44EdInterface } from '../resources/nat44-ed-interface.js';
import { nat44EdPool } from '../resources/nat44-ed-pool.js';
import { nat44EdSessionLimit } from '../resources/nat44-ed-session-limit.js';
import { nat44EdStatic } from '../resources/nat44-ed-static.js';
import { nat44Ei } from '../resources/nat44-ei.js';
import { nat44EiInterface } from '../resources/nat44-ei-interface.js';
import { nat44EiPool } from '../resources/nat44-ei-pool.js';
import { nat44EiStatic } from '../resources/nat44-ei-static.js';
import { interfaceKeyOf, inVrf } from './keys.js';
import type { AnyInterface, Model } from './model.js';
import type { Det44Config, Nat44EdConfig, Nat44EiConfig } from './nat-schema.js';

const rolesOf = (side: 'inside' | 'outside' | 'both' | 'output' | undefined): NatRole[] => {
  if (side === undefined) return [];
  return side === 'both' ? ['inside', 'outside'] : [side];
};

/** What an interface is to NAT. */
export function compileNatInterface(item: AnyInterface): Resource[] {
  const { config } = item;
  const place = { interface: interfaceKeyOf(item), ...inVrf(config.vrf) };
  return [
    ...rolesOf(config.nat44Ed).map((role) => nat44EdInterface.of({ ...place, role })),
    ...rolesOf(config.nat44Ei).map((role) => nat44EiInterface.of({ ...place, role })),
    ...(config.det44 ? [det44Interface.of({ ...place, role: config.det44 })] : []),
  ];
}

/** NAT of the node. */
export function compileNat({ document }: Model): Resource[] {
  return [
    ...(document.nat44Ed ? compileEd(document.nat44Ed) : []),
    ...(document.nat44Ei ? compileEi(document.nat44Ei) : []),
    ...(document.det44 ? compileDet44(document.det44) : []),
  ];
}

/** The VRFs of a plugin as fields of its spec. */
function placeOf({ insideVrf, outsideVrf }: { insideVrf: string; outsideVrf: string }) {
  const [inside, outside] = [inVrf(insideVrf).vrf, inVrf(outsideVrf).vrf];
  return { ...(inside !== undefined && { insideVrf: inside }), ...(outside !== undefined && { outsideVrf: outside }) };
}

const tuningOf = ({ forwarding, mssClamp, timeouts }: Nat44EdConfig | Nat44EiConfig) => ({
  forwarding,
  mssClamp: mssClamp ?? 0,
  timeouts,
});

function poolPlace(vrf: string): { vrf?: string } {
  if (vrf === 'any') return {};
  return { vrf: vrf === 'default' ? 'default' : `vrf/${vrf}` };
}

type StaticConfig = Nat44EdConfig['staticMappings'][string];

const staticSpec = (name: string, { local, localPort, external, externalPort, protocol, vrf }: StaticConfig) => ({
  name,
  local,
  external,
  ...(protocol !== undefined && { protocol }),
  ...(localPort !== undefined && { localPort }),
  ...(externalPort !== undefined && { externalPort }),
  ...inVrf(vrf),
});

function compileEd(config: Nat44EdConfig): Resource[] {
  const { sessions } = config;
  return [
    nat44Ed.of({ sessions, ...placeOf(config), ...tuningOf(config) }),
    ...config.pools.map(({ addresses, vrf, twiceNat }) =>
      nat44EdPool.of({ ...addresses, ...poolPlace(vrf), twiceNat }),
    ),
    ...Object.entries(config.staticMappings).map(([name, one]) => nat44EdStatic.of(staticSpec(name, one))),
    ...config.sessionLimits.map((limit) =>
      nat44EdSessionLimit.of({ ...inVrf(limit.vrf), sessions: limit.sessions, otherwise: sessions }),
    ),
  ];
}

function compileEi(config: Nat44EiConfig): Resource[] {
  const { sessions, users, userSessions = sessions } = config;
  const pools = config.pools.map(({ addresses, vrf }) => nat44EiPool.of({ ...addresses, ...poolPlace(vrf) }));
  return [
    nat44Ei.of({ sessions, users, userSessions, ...placeOf(config), ...tuningOf(config) }),
    ...pools,
    ...Object.entries(config.staticMappings).map(([name, one]) => {
      const pool = pools.find(({ spec }) => holds(spec, one.external))?.key;
      return nat44EiStatic.of({ ...staticSpec(name, one), ...(pool !== undefined && { pool }) });
    }),
  ];
}

/** Whether a pool has an address. */
function holds({ first, last }: Pick<NatPoolSpec, 'first' | 'last'>, address: string): boolean {
  return ip4Number(first) <= ip4Number(address) && ip4Number(address) <= ip4Number(last);
}

function compileDet44({ maps, timeouts, ...config }: Det44Config): Resource[] {
  return [
    det44.of(placeOf(config)),
    ...(jsonEqual(timeouts, defaultNatTimeouts) ? [] : [det44Timeouts.of(timeouts)]),
    ...maps.map((map) => det44Map.of(map)),
  ];
}
