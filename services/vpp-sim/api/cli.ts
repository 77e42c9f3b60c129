import { retvals } from '#lib/vpp/retval.js';
import type { Dataplane } from '../dataplane.js';
import { URPF } from '../tables/urpf.js';

const FEATURES = /^show int(?:erface)? (\S+) feat(?:ures)?$/;
const ACL_TABLES = /^show acl-plugin tables mask$/;
const HARDWARE = /^show hard(?:ware-interfaces)? brief (\S+)$/;
const VERSION = /^show ver(?:sion)?$/;

/** Every feature arc of VPP 26.06, as it prints them. */
const ARCS = [
  'arp',
  'nsh-output',
  'mpls-output',
  'mpls-input',
  'ip6-drop',
  'ip6-punt',
  'ip6-local',
  'ip6-output',
  'ip6-multicast',
  'ip6-unicast',
  'ip4-drop',
  'ip4-punt',
  'ip4-local',
  'ip4-output',
  'ip4-multicast',
  'ip4-unicast',
  'l2-output-nonip',
  'l2-input-nonip',
  'l2-output-ip6',
  'l2-input-ip6',
  'l2-output-ip4',
  'l2-input-ip4',
  'ethernet-output',
  'error-drop',
  'interface-output',
  'port-rx-eth',
  'device-input',
  'l2-input',
  'l2-output',
] as const;
type Arc = (typeof ARCS)[number];

/** The lines of VPP's debug CLI that the gateway reads; anything else gets VPP's complaint. */
export function answerCli(line: string, dataplane: Dataplane): { retval: number; reply: string } {
  const command = line.trim();
  const features = FEATURES.exec(command);
  if (features) return showFeatures(features[1] ?? '', dataplane);
  if (ACL_TABLES.test(command)) return showAclTables(dataplane);
  const hardware = HARDWARE.exec(command);
  if (hardware) return showHardware(hardware[1] ?? '', dataplane);
  if (VERSION.test(command))
    return { retval: 0, reply: 'vpp v26.06-release built by vpp-sim on vpp-sim at 2026-06-24T00:00:00\n' };
  return { retval: retvals.UNSPECIFIED, reply: `unknown input \`${command}'\n` };
}

/** The first two lines; the masks that VPP lists after them are of no interest to the gateway. */
const showAclTables = ({ acls }: Dataplane): { retval: number; reply: string } => ({
  retval: 0,
  reply: `Stats counters enabled for interface ACLs: ${Number(acls.matches.enabled)}\nUse hash-based lookup for ACLs: 1\n`,
});

/** A heading and one line, by which the index of the hardware becomes known. */
function showHardware(name: string, { interfaces }: Dataplane): { retval: number; reply: string } {
  const found = interfaces.byName(name);
  if (!found || found.sub)
    return { retval: retvals.UNSPECIFIED, reply: `show hardware-interfaces: unknown interface \`${name}'\n` };
  const heading = '              Name                Idx   Link  Hardware\n';
  const row = `${name.padEnd(32)} ${String(found.hwIfIndex).padStart(4)}   ${found.linkUp ? ' up ' : 'down'}  ${name}\n`;
  return { retval: 0, reply: heading + row };
}

/** One line per application of a feature, by arc, as VPP prints them. */
function showFeatures(name: string, dataplane: Dataplane): { retval: number; reply: string } {
  const found = dataplane.interfaces.byName(name);
  if (!found) return { retval: retvals.UNSPECIFIED, reply: `show interface: unknown input \`${name} features'\n` };
  const byArc = featuresOf(found.swIfIndex, dataplane);
  const text = ARCS.flatMap((arc) => [`\n${arc}:`, ...(byArc[arc] ?? ['none configured']).map(indent)]);
  return { retval: 0, reply: `${[`Feature paths configured on ${name}...`, ...text].join('\n')}\n` };
}

function featuresOf(
  index: number,
  { policers, urpf, acls, ip, nat44Ed, abf, classifier, mssClamps, ndProxies, puntPolicers }: Dataplane,
): Partial<Record<Arc, string[]>> {
  const arcs: Partial<Record<Arc, string[]>> = {};
  const add = (arc: Arc, feature: string, times = 1) => {
    for (let turn = 0; turn < times; turn++) arcs[arc] = [...(arcs[arc] ?? []), feature];
  };
  for (const feature of nat44Ed.interfaces.featuresOf(index)) add('ip4-unicast', feature);
  const { input, output } = acls.listsOf(index);
  for (const family of ['ip4', 'ip6'] as const) {
    const check = urpf.inForce(index, family);
    if (check) add(`${family}-unicast`, `${family}-rx-urpf-${check.mode === URPF.strict ? 'strict' : 'loose'}`);
    if (input.length > 0) add(`${family}-unicast`, `acl-plugin-in-${family}-fa`);
    if (classifier.tableOf('policer', index, family) !== NO_TABLE)
      add(`${family}-unicast`, `${family}-policer-classify`);
    if (mssClamps.isInstalled(index, family, 'rx')) add(`${family}-unicast`, `tcp-mss-clamping-${family}-in`);
    if (mssClamps.isInstalled(index, family, 'tx')) add(`${family}-output`, `tcp-mss-clamping-${family}-out`);
    if (abf.isActive(index, family === 'ip6')) add(`${family}-unicast`, `abf-input-${family}`);
    add(`${family}-unicast`, 'policer-input', policers.applied('input', index));
    const drops = family === 'ip4' ? ip.ip4Drops(index) : Number(!ip.ip6Enabled(index));
    for (const cast of ['unicast', 'multicast'] as const) add(`${family}-${cast}`, `${family}-not-enabled`, drops);
    if (output.length > 0) add(`${family}-output`, `acl-plugin-out-${family}-fa`);
    add(`${family}-output`, 'policer-output', policers.applied('output', index));
    if (index === 0) add(`${family}-punt`, `${family}-punt-policer`, puntPolicers.of(family));
  }
  for (const way of ['unicast', 'multicast'] as const)
    add(`ip6-${way}`, `ip6-${way}-nd-proxy`, ndProxies.featuresOf(index));
  add('mpls-input', 'mpls-not-enabled');
  return arcs;
}

const NO_TABLE = 0xffffffff;

const indent = (feature: string) => `  ${feature}`;
