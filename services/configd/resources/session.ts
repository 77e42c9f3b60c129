import type { Policy } from '#gen/bng/v1/common.js';
import type { SessionBundle, SessionVrf } from '#gen/bng/v1/configd.js';
import type { Rate as WireRate } from '#gen/bng/v1/qos.js';
import { BngError } from '#lib/kernel/errors.js';
import { ip4Number } from '#lib/net/address.js';
import { mistakesText } from '#lib/policy/compiled.js';
import { compileRate, type Rate } from '#lib/policy/policer.js';
import { type DirectionRates, sessionRates } from '#lib/policy/session-rates.js';
import type { Resource } from '../reconcile/resource.js';
import { aclList } from './acl-list.js';
import { ip4Text, macText, prefixText } from './fields.js';
import { interfaceVrf } from './interface-vrf.js';
import { dhcpClientAclName } from './names.js';
import { neighbour } from './neighbour.js';
import { policer } from './policer.js';
import { policerAttach } from './policer-attach.js';
import { route } from './route.js';
import { ip6Resources } from './session-ip6.js';
import { markResources } from './session-marks.js';
import { type Port, sharedLineResources } from './shared-line.js';
import { urpf } from './urpf.js';

/** What a bundle refers to by name. */
export interface SessionLookup {
  /** The line's interface key, and its VRF's key when that is not the default one. */
  line(name: string): (Port & { readonly vrf?: string | undefined; readonly donor?: string | undefined }) | undefined;
  /** Any port or sub-interface of the configuration. */
  port(name: string): Port | undefined;
  hasAcl(name: string): boolean;
  hasVrf(name: string): boolean;
  /** The interface of that name, when it is in the VRF of that key. */
  lender(name: string, vrf: string): string | undefined;
  /** Whether the operator writes DSCP on that interface. */
  marksDscp(name: string): boolean;
  profile(name: string): DirectionRates | undefined;
}

/** The owner under which the engine keeps a session. */
export const sessionOwner = (sessionId: string): string => `session/${sessionId}`;

type Where = { readonly interface: string; readonly vrf?: string };

const refuse = (what: string, fields: Record<string, string>): never => {
  throw new BngError('invalid_argument', what, fields);
};

/**
 * All that VPP must hold for one subscriber: its rates on the line in both directions, ACLs, static neighbour and host route,
 * source check. Pure. Throws `not_found` for an unknown line, `invalid_argument` for an unknown ACL or profile or a bad value.
 */
export function compileSession(bundle: SessionBundle, lookup: SessionLookup): Resource[] {
  const line = lookup.line(bundle.line);
  if (!line) throw new BngError('not_found', `no line ${bundle.line}`, { line: bundle.line });
  if (bundle.sessionId === '') refuse('session_id is empty', { field: 'session_id' });
  const moved = bundle.vrf && movedLine(bundle, bundle.vrf, line, lookup);
  const vrf = moved ? moved.spec.vrf : line.vrf;
  const where: Where = { interface: line.interface, ...(vrf === undefined ? {} : { vrf }) };
  const policy = bundle.policy ?? {};
  const limits = rates(bundle, policy, lookup);
  return [
    ...(moved ? [moved] : []),
    ...(bundle.shared
      ? sharedLineResources(bundle, bundle.shared, { line, rates: limits, port: lookup.port })
      : ownLineResources(bundle, where, limits)),
    ...aclResources(where, policy, lookup),
    ...addressResources(bundle, where),
    ...ip6Resources(bundle, where),
    ...marks(bundle, where, policy, lookup),
  ];
}

/** The line in the VRF that its session belongs into. It must be one of the default VRF that borrows its addresses. */
function movedLine(
  bundle: SessionBundle,
  { name, lender }: SessionVrf,
  line: NonNullable<ReturnType<SessionLookup['line']>>,
  lookup: SessionLookup,
) {
  const wrong = (what: string) => refuse(what, { field: 'vrf' });
  const vrf = `vrf/${name}`;
  if (!lookup.hasVrf(name)) wrong(`no VRF ${name}`);
  if (bundle.shared) wrong('a shared line cannot be moved into a VRF for one subscriber');
  if (line.vrf !== undefined) wrong(`line ${bundle.line} is in ${line.vrf} by its configuration`);
  const home = line.donor ?? wrong(`line ${bundle.line} has addresses of its own, or none`);
  const from = lookup.lender(lender, vrf) ?? wrong(`no interface ${lender} in VRF ${name}`);
  return interfaceVrf.of({ interface: line.interface, vrf, lender: from, home });
}

const plain = (value: bigint | undefined) => (value === undefined ? undefined : Number(value));

const fromWire = (rate: WireRate | undefined): Rate | undefined =>
  rate && {
    cirBps: Number(rate.cirBps),
    pirBps: plain(rate.pirBps),
    cirBurstBytes: plain(rate.cirBurstBytes),
    pirBurstBytes: plain(rate.pirBurstBytes),
  };

function rates(bundle: SessionBundle, policy: Policy, lookup: SessionLookup): DirectionRates {
  const sent = { download: fromWire(bundle.profileDownload), upload: fromWire(bundle.profileUpload) };
  const profile = policy.profile === undefined ? sent : lookup.profile(policy.profile);
  if (!profile) return refuse(`no QoS profile ${policy.profile}`, { field: 'profile' });
  const compiled = sessionRates(
    {
      downloadBps: plain(policy.downloadBps),
      uploadBps: plain(policy.uploadBps),
      downloadBurstBytes: plain(policy.downloadBurstBytes),
      uploadBurstBytes: plain(policy.uploadBurstBytes),
    },
    profile,
  );
  return compiled.ok ? compiled.value : refuse(mistakesText(compiled.mistakes), { field: 'policy' });
}

/** A line of the subscriber's own: its rates and its source check are the interface's. */
const ownLineResources = (bundle: SessionBundle, where: Where, limits: DirectionRates): Resource[] => [
  ...rateResources(bundle.sessionId, where, limits),
  ...(bundle.sourceGuard ? [urpf.of({ ...where, family: 'ip4', mode: 'strict' })] : []),
];

/** Download is what leaves on the line, upload what comes in from it. */
function rateResources(sessionId: string, where: Where, { download, upload }: DirectionRates): Resource[] {
  return [
    ...(download ? limited(`session.${sessionId}.down`, where.interface, 'out', download) : []),
    ...(upload ? limited(`session.${sessionId}.up`, where.interface, 'in', upload) : []),
  ];
}

function limited(name: string, iface: string, direction: 'in' | 'out', rate: Rate): Resource[] {
  const compiled = compileRate(rate);
  if (!compiled.ok) return refuse(mistakesText(compiled.mistakes), { field: 'policy' });
  const limit = policer.of({ name, rate });
  return [limit, policerAttach.of({ interface: iface, direction, policer: limit.key })];
}

function aclResources(where: Where, policy: Policy, lookup: SessionLookup): Resource[] {
  const [input, output] = [policy.aclIn, policy.aclOut].map((name, i) => {
    if (name === undefined) return [];
    return lookup.hasAcl(name) ? [`acl/${name}`] : refuse(`no ACL ${name}`, { field: i === 0 ? 'acl_in' : 'acl_out' });
  });
  if (!input?.length && !output?.length) return [];
  const first = input?.length && lookup.hasAcl(dhcpClientAclName) ? [`acl/${dhcpClientAclName}`] : [];
  return [aclList.of({ interface: where.interface, in: [...first, ...(input ?? [])], out: output })];
}

function marks(bundle: SessionBundle, where: Where, policy: Policy, lookup: SessionLookup): Resource[] {
  if (policy.uploadDscp === undefined && policy.downloadDscp === undefined) return [];
  if (bundle.shared) refuse('a shared line has one mark for all: no DSCP of one subscriber', { field: 'policy' });
  const core = bundle.core.map((name) => lookup.port(name)?.interface ?? refuse(`no port ${name}`, { field: 'core' }));
  return markResources(where.interface, core, policy, (name) => lookup.marksDscp(name));
}

function addressResources(bundle: SessionBundle, where: Where): Resource[] {
  if (bundle.ipv4 === '') return [];
  const mac = bundle.mac.toLowerCase();
  if (!ip4Text.safeParse(bundle.ipv4).success)
    refuse(`ipv4 '${bundle.ipv4}' is not an IPv4 address`, { field: 'ipv4' });
  if (!macText.safeParse(mac).success) refuse(`mac '${bundle.mac}' is not a MAC address`, { field: 'mac' });
  return [
    neighbour.of({ ...where, address: bundle.ipv4, mac }),
    ...[`${bundle.ipv4}/32`, ...routedPrefixes(bundle)].map((prefix) =>
      route.of({
        ...(where.vrf === undefined ? {} : { vrf: where.vrf }),
        prefix,
        paths: [{ via: bundle.ipv4, interface: where.interface }],
      }),
    ),
  ];
}

/** Prefixes behind the subscriber; on a shared line its guard and its policers know it by its address alone. */
function routedPrefixes({ routes, shared }: SessionBundle): readonly string[] {
  if (shared && routes.length > 0) refuse('a shared line has no routes behind one subscriber', { field: 'routes' });
  for (const text of routes) {
    const [address = '', bits] = text.split('/');
    const first = prefixText.safeParse(text).success ? ip4Number(address) : undefined;
    if (first === undefined || first % 2 ** (32 - Number(bits)) !== 0)
      refuse(`routes '${text}' is not an IPv4 prefix without host bits`, { field: 'routes' });
  }
  return routes;
}
