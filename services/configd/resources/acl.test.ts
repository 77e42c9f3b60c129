import { compileFilter, type VppAclRule } from '#lib/policy/filter.js';
import type { Resource } from '../reconcile/resource.js';
import { acl } from './acl.js';
import { aclCounters } from './acl-counters.js';
import { aclList } from './acl-list.js';
import { hostInterface } from './host-interface.js';
import { kindSuite } from './kind-suite.testkit.js';
import { macipAcl } from './macip-acl.js';
import { macipInterface } from './macip-interface.js';
import { stableMac } from './names.js';
import { subInterface } from './sub-interface.js';

const port = hostInterface.of({ name: 'port', device: 'cwacl', mac: stableMac('test', 'port') });
const line = subInterface.of({ parent: port.key, outerVlan: 100 });
const second = subInterface.of({ parent: port.key, outerVlan: 101 });
const other = subInterface.of({ parent: port.key, outerVlan: 200, innerVlan: 3 });

function rules(...sources: string[]): VppAclRule[] {
  const compiled = compileFilter(sources.map((src) => ({ action: 'reflect', src, proto: 'udp' })));
  return compiled.ok ? compiled.value : [];
}
const web = (...sources: string[]) => acl.of({ name: 'web', rules: rules(...sources) });
const rest = acl.of({ name: 'rest', rules: rules('10.0.0.0/8', '2001:db8::/32') });

const before = (): Resource[] => [
  ...[port, line, other, web('192.0.2.0/24'), rest],
  aclList.of({ interface: line.key, in: ['acl/web'], out: ['acl/rest', 'acl/web'] }),
  aclList.of({ interface: other.key, out: ['acl/rest'] }),
];
const after = (): Resource[] => [
  ...[port, line, other, web('192.0.2.0/24', '198.51.100.0/24'), aclCounters.of({})],
  acl.of({ name: 'third', rules: [] }),
  aclList.of({ interface: line.key, in: ['acl/third', 'acl/web'] }),
  aclList.of({ interface: port.key, in: ['acl/web'] }),
];

const everyBit = 'ff:ff:ff:ff:ff:ff';
const owner = (byte: number) => ({ is_permit: 1, src_mac: `02:00:5e:00:00:0${byte}`, src_mac_mask: everyBit });
const senders = (name: string, ...bytes: number[]) =>
  macipAcl.of({ name, rules: bytes.map((byte) => ({ ...owner(byte), src_prefix: `100.64.0.${byte}/32` })) });

const macipBefore = (): Resource[] => [
  ...[port, line, second, senders('home', 1, 2), senders('office', 3)],
  macipInterface.of({ interface: line.key, list: 'macip-acl/home' }),
  macipInterface.of({ interface: second.key, list: 'macip-acl/home' }),
];
const macipAfter = (): Resource[] => [
  ...[port, line, second, senders('home', 1, 2, 4), senders('new', 5)],
  macipInterface.of({ interface: line.key, list: 'macip-acl/new' }),
];

kindSuite('lists of senders', { devices: ['cwacl'], before: macipBefore, after: macipAfter });
kindSuite('ACLs', { devices: ['cwacl'], before, after });
