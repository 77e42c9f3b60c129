import type { Resource } from '../../services/configd/reconcile/resource.js';
import { det44 } from '../../services/configd/resources/det44.js';
import { det44Interface } from '../../services/configd/resources/det44-interface.js';
import { det44Map } from '../../services/configd/resources/det44-map.js';
import { det44Timeouts } from '../../services/configd/resources/det44-timeouts.js';
import { nat44Ed } from '../../services/configd/resources/nat44-ed.js';
import { nat44EdInterface } from '../../services/configd/resources/nat44-ed-interface.js';
import { nat44EdPool } from '../../services/configd/resources/nat44-ed-pool.js';
import { nat44EdSessionLimit } from '../../services/configd/resources/nat44-ed-session-limit.js';
import { nat44EdStatic } from '../../services/configd/resources/nat44-ed-static.js';
import { nat44Ei } from '../../services/configd/resources/nat44-ei.js';
import { nat44EiInterface } from '../../services/configd/resources/nat44-ei-interface.js';
import { nat44EiPool } from '../../services/configd/resources/nat44-ei-pool.js';
import { nat44EiStatic } from '../../services/configd/resources/nat44-ei-static.js';
import { subInterface } from '../../services/configd/resources/sub-interface.js';

const edPool = nat44EdPool.of({ first: '203.0.113.0', last: '203.0.113.3' });
const eiPool = nat44EiPool.of({ first: '203.0.113.16', last: '203.0.113.19' });
const toWeb = (localPort: number, external: string) => ({
  ...{ name: 'web', local: '10.0.0.5', localPort, external, externalPort: 8080 },
  protocol: 'tcp' as const,
});

/** The three kinds of NAT, each on a sub-interface of its own. */
export const everyNat = (port: Resource): Resource[] => [
  ...[1, 2, 3].map((vlan) => on(port, vlan)),
  nat44Ed.of({ sessions: 4000, forwarding: true, mssClamp: 1400, timeouts: { udpS: 60 } }),
  nat44EdInterface.of({ interface: on(port, 1).key, role: 'inside' }),
  edPool,
  nat44EdPool.of({ first: '192.0.2.1', last: '192.0.2.1', twiceNat: true }),
  nat44EdStatic.of(toWeb(80, '203.0.113.1')),
  nat44EdSessionLimit.of({ vrf: 'vrf/blue', sessions: 100, otherwise: 4000 }),
  nat44Ei.of({ users: 100, sessions: 4000, userSessions: 50, forwarding: true, timeouts: { udpS: 60 } }),
  nat44EiInterface.of({ interface: on(port, 2).key, role: 'inside' }),
  eiPool,
  nat44EiStatic.of({ ...toWeb(80, '203.0.113.17'), pool: eiPool.key }),
  det44.of({}),
  det44Timeouts.of({ udpS: 60 }),
  det44Interface.of({ interface: on(port, 3).key, role: 'inside' }),
  det44Map.of({ inside: '10.0.0.0/28', outside: '203.0.113.32/30' }),
];

/** Timeouts, roles, pools and mappings changed; NAT44-EI of another size. */
export const changedNat = (port: Resource): Resource[] => [
  ...[1, 2, 3].map((vlan) => on(port, vlan)),
  nat44Ed.of({ sessions: 4000, timeouts: { udpS: 30, icmpS: 10 } }),
  nat44EdInterface.of({ interface: on(port, 1).key, role: 'outside' }),
  edPool,
  nat44EdPool.of({ first: '203.0.113.4', last: '203.0.113.5' }),
  nat44EdStatic.of(toWeb(81, '203.0.113.1')),
  nat44EdSessionLimit.of({ vrf: 'vrf/blue', sessions: 200, otherwise: 4000 }),
  nat44Ei.of({ users: 100, sessions: 4000, userSessions: 60 }),
  nat44EiInterface.of({ interface: on(port, 2).key, role: 'outside' }),
  eiPool,
  nat44EiStatic.of({ ...toWeb(81, '203.0.113.17'), pool: eiPool.key }),
  det44.of({}),
  det44Timeouts.of({ udpS: 30, icmpS: 5 }),
  det44Interface.of({ interface: on(port, 3).key, role: 'outside' }),
  det44Map.of({ inside: '10.0.1.0/28', outside: '203.0.113.36/31' }),
];

const on = (port: Resource, outerVlan: number): Resource => subInterface.of({ parent: port.key, outerVlan });
