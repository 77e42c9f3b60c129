import { type Engine, infraOwner } from './reconcile/engine.js';
import type { InterfaceVrfSpec } from './resources/interface-vrf.js';
import type { SessionLookup } from './resources/session.js';
import type { UnnumberedSpec } from './resources/unnumbered.js';

const lineKinds = ['sub-interface', 'host-interface', 'vpp-interface', 'memif', 'bond'] as const;

type Tags = Readonly<Record<'outerVlan' | 'innerVlan', unknown>>;

/** VLAN tags of an interface's frames; a port that is no sub-interface has none. */
const tagsOf = ({ outerVlan, innerVlan }: Tags): number =>
  [outerVlan, innerVlan].filter((tag) => typeof tag === 'number').length;

/**
 * What sessions refer to, from the operator's configuration: it answers also before VPP was read back.
 * Profiles are resolved into rates by who feeds the sessions, so that none is known here.
 */
export function sessionLookup(engine: Pick<Engine, 'wantedBy'>): SessionLookup {
  const wanted = (key: string) => engine.wantedBy(infraOwner).get(key);
  const port = (name: string) => {
    const key = lineKinds.map((kind) => `${kind}/${name}`).find((candidate) => wanted(candidate));
    return key === undefined ? undefined : { interface: key, tags: tagsOf(wanted(key)?.spec as Tags) };
  };
  return {
    line(name) {
      const found = port(name);
      if (found === undefined || wanted(`bridge-port/${name}`) || wanted(`cross-connect/${name}`)) return undefined;
      const binding = wanted(`interface-vrf/${name}`)?.spec as InterfaceVrfSpec | undefined;
      const unnumbered = wanted(`unnumbered/${name}`)?.spec as UnnumberedSpec | undefined;
      return { ...found, vrf: binding?.vrf, donor: unnumbered?.donor };
    },
    port,
    hasVrf: (name) => wanted(`vrf/${name}`) !== undefined,
    lender(name, vrf) {
      const key = [...lineKinds, 'loopback'].map((kind) => `${kind}/${name}`).find((candidate) => wanted(candidate));
      const binding = wanted(`interface-vrf/${name}`)?.spec as InterfaceVrfSpec | undefined;
      return binding?.vrf === vrf ? key : undefined;
    },
    hasAcl: (name) => wanted(`acl/${name}`) !== undefined,
    marksDscp: (name) => wanted(`qos-mark/${name}/dscp`) !== undefined,
    profile: () => undefined,
  };
}
