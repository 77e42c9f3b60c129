import type { Resource } from '../reconcile/resource.js';
import { macipAcl } from '../resources/macip-acl.js';
import type { MacipConfig } from './macip-schema.js';
import type { Model } from './model.js';

const anyMac = '00:00:00:00:00:00';
const everyBit = 'ff:ff:ff:ff:ff:ff';
const anySources = ['0.0.0.0/0', '::/0'];
/** Who has no address yet: DHCP. */
const noAddress = { is_permit: 1, src_mac: anyMac, src_mac_mask: anyMac, src_prefix: '0.0.0.0/32' };

/** VPP's rules of a list, in order. */
export function macipRules({ permitDhcp, rules }: MacipConfig) {
  const own = rules.flatMap(({ mac, source }) =>
    (source === 'any' ? anySources : [source]).map((src_prefix) => ({
      is_permit: 1,
      src_mac: mac === 'any' ? anyMac : mac,
      src_mac_mask: mac === 'any' ? anyMac : everyBit,
      src_prefix,
    })),
  );
  return permitDhcp ? [noAddress, ...own] : own;
}

/** The lists of senders. */
export const compileMacip = ({ document }: Model): Resource[] =>
  Object.entries(document.macipAcls).map(([name, config]) => macipAcl.of({ name, rules: macipRules(config) }));
