import { z } from 'zod';
import type { Operation } from '#lib/vpp/message.js';
import type { Dataplane } from '../dataplane.js';
import { type Found, type Kind, type KindContext, type ReadContext, resource } from '../reconcile/resource.js';
import { ip4Text } from './fields.js';
import { type Ip4Range, ip4Number } from './ip4-range.js';
import { nameOf, nameReader, plainName, vppName, vrfKey } from './names.js';
import type { NatPoolHandle } from './nat-pool.js';
import { tableOf, vrfByTable } from './vrf.js';

const protocols = { tcp: 6, udp: 17, icmp: 1 } as const;
export type NatProtocol = keyof typeof protocols;
export const natProtocols = Object.keys(protocols) as [NatProtocol, ...NatProtocol[]];

const port = z.int().min(1).max(65535);
const schema = z
  .strictObject({
    name: plainName,
    local: ip4Text,
    external: ip4Text,
    /** With ports: this one only. Absent, as the ports: everything of both addresses. */
    protocol: z.enum(natProtocols).optional(),
    /** Of icmp: the identifier. */
    localPort: port.optional(),
    externalPort: port.optional(),
    /** VRF of the local side; absent: default. */
    vrf: vrfKey.optional(),
    /** Key of the pool that has the external address: NAT44-EI wants it there first and does not let it go before. */
    pool: z.string().optional(),
  })
  .refine(
    ({ protocol, localPort, externalPort }) =>
      [localPort, externalPort].every((one) => (one === undefined) === (protocol === undefined)),
    { message: 'protocol, localPort and externalPort go together' },
  );
export type NatStaticSpec = z.infer<typeof schema>;

/** A mapping as VPP has it. */
export interface StaticMapping {
  readonly local_ip_address: string;
  readonly external_ip_address: string;
  readonly protocol: number;
  readonly local_port: number;
  readonly external_port: number;
  readonly vrf_id: number;
  readonly tag: string;
  /** For all ports of both addresses. */
  readonly addressOnly: boolean;
}

/** One plugin's static mappings. */
export interface NatStatics {
  readonly kind: string;
  /** Key of the plugin. */
  readonly plugin: string;
  readonly optional: readonly Operation[];
  /** Kind of the pools that mappings hang on; absent: they stand alone. */
  readonly pools?: string;
  set(vpp: Dataplane, mapping: StaticMapping, is_add: boolean): Promise<unknown>;
  list(vpp: Dataplane): Promise<readonly StaticMapping[]>;
}

const mappingOf = (ctx: KindContext, spec: NatStaticSpec): StaticMapping => ({
  local_ip_address: spec.local,
  external_ip_address: spec.external,
  protocol: spec.protocol === undefined ? 0 : protocols[spec.protocol],
  local_port: spec.localPort ?? 0,
  external_port: spec.externalPort ?? 0,
  vrf_id: tableOf(ctx, spec.vrf),
  tag: vppName(spec.name),
  addressOnly: spec.protocol === undefined,
});

function specOf(
  name: string,
  mapping: StaticMapping,
  vrfs: ReadonlyMap<number, string | undefined>,
  pool: string | undefined,
): NatStaticSpec {
  const protocol = natProtocols.find((one) => protocols[one] === mapping.protocol) ?? 'tcp';
  const ports = { protocol, localPort: mapping.local_port, externalPort: mapping.external_port };
  const vrf = mapping.vrf_id === 0 ? undefined : (vrfs.get(mapping.vrf_id) ?? `vrf/table-${mapping.vrf_id}`);
  return {
    name,
    local: mapping.local_ip_address,
    external: mapping.external_ip_address,
    ...(mapping.addressOnly ? {} : ports),
    ...(vrf !== undefined && { vrf }),
    ...(pool !== undefined && { pool }),
  };
}

/** The pool of the external address, of those found in this pass. */
function poolOf(ctx: ReadContext, { pools }: NatStatics, { external_ip_address }: StaticMapping): string | undefined {
  const address = ip4Number(external_ip_address);
  const holds = ({ first, last }: Ip4Range) => first <= address && address <= last;
  for (const [key, { handle }] of pools === undefined ? [] : ctx.foundOf(pools))
    if ((handle as NatPoolHandle).ranges.some(holds)) return key;
  return undefined;
}

/** A local address, or a port of it, that outside hosts reach under a fixed one. */
export function natStaticKind(nat: NatStatics): Kind<NatStaticSpec, null, z.input<typeof schema>> {
  return resource<NatStaticSpec, null, z.input<typeof schema>>({
    kind: nat.kind,
    schema,
    optional: nat.optional,
    key: (spec) => `${nat.kind}/${spec.name}`,
    needs: (spec) => [spec.vrf, spec.pool, nat.plugin].filter((key) => key !== undefined),
    async read(ctx, wanted) {
      const nameIn = nameReader([...wanted.keys()].map(nameOf));
      const vrfs = vrfByTable(ctx);
      const found = new Map<string, Found<NatStaticSpec, null>>();
      for (const mapping of await nat.list(ctx.vpp)) {
        const name = nameIn(mapping.tag);
        if (name === undefined) continue;
        const key = `${nat.kind}/${name}`;
        found.set(key, { spec: specOf(name, mapping, vrfs, poolOf(ctx, nat, mapping)), handle: null, ours: true });
      }
      return found;
    },
    async create(ctx, spec) {
      await nat.set(ctx.vpp, mappingOf(ctx, spec), true);
      return null;
    },
    async remove(ctx, _handle, spec) {
      await nat.set(ctx.vpp, mappingOf(ctx, spec), false);
    },
  });
}
