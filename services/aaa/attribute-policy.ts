import type { AttributeList, FlatAttribute } from '#lib/radius/attribute-list.js';
import type { AttributeRow } from '#lib/radius/attribute-row.js';
import { attributes } from '#lib/radius/attributes.js';
import type { CausewayAttributes } from '#lib/radius/vendors/causeway.js';
import { cisco } from '#lib/radius/vendors/cisco.js';
import { erx } from '#lib/radius/vendors/erx.js';
import { huawei } from '#lib/radius/vendors/huawei.js';
import { mikrotik } from '#lib/radius/vendors/mikrotik.js';
import { nokia } from '#lib/radius/vendors/nokia.js';
import { wispr } from '#lib/radius/vendors/wispr.js';
import { avPair, serviceInfo } from './dialects/cisco.js';
import { cosParameter } from './dialects/erx.js';
import { mikrotikRateLimit } from './dialects/mikrotik.js';
import { qosOverride } from './dialects/nokia.js';
import {
  activateService,
  ciscoAccountInfo,
  deactivateService,
  erxActivate,
  erxDeactivate,
  serviceChange,
} from './dialects/services.js';
import { type Apply, emptyGrant, type Grant, type Mistake, type MistakeReason, mistake, type Unit } from './grant.js';
import {
  answer,
  BPS,
  burst,
  classOctets,
  dscp,
  filterId,
  framedIpAddress,
  framedIpNetmask,
  framedRoute,
  KBPS,
  name,
  rate,
  seconds,
} from './grant-setters.js';
import { ip6Attributes } from './ip6-attributes.js';

/** Why an attribute cannot be obeyed. */
export interface Refusal {
  readonly attribute: string;
  readonly reason: MistakeReason;
  readonly message: string;
}

/** One attribute that aaa obeys. `coa`: also in a CoA-Request. */
export interface PolicyRow {
  readonly row: AttributeRow<unknown>;
  readonly unit: Unit;
  readonly coa: boolean;
  readonly apply: Apply<unknown>;
}

function accept<T>(row: AttributeRow<T>, unit: Unit, apply: Apply<T>): PolicyRow {
  return { row: row as AttributeRow<unknown>, unit, coa: false, apply: apply as Apply<unknown> };
}

function both<T>(row: AttributeRow<T>, unit: Unit, apply: Apply<T>): PolicyRow {
  return { ...accept(row, unit, apply), coa: true };
}

const ip6Rows: readonly PolicyRow[] = ip6Attributes.map((row) => ({ ...row, coa: false }));

/**
 * Every attribute that has an effect, with its unit. Rows are applied in this order, so that of several dialects in one
 * packet a later one wins: the standards first, MikroTik, Cisco, Juniper, Huawei, Nokia, WISPr, our own last.
 */
export function policyRows(causeway: CausewayAttributes): readonly PolicyRow[] {
  return [
    accept(attributes.userName, 'text', answer('userName')),
    accept(attributes.framedIpAddress, 'address', framedIpAddress),
    accept(attributes.framedIpNetmask, 'address', framedIpNetmask),
    accept(attributes.framedPool, 'name', answer('framedPool')),
    accept(attributes.framedRoute, 'route', framedRoute),
    ...ip6Rows,
    accept(attributes.class, 'octets', classOctets),
    accept(attributes.replyMessage, 'text', answer('replyMessage')),
    both(attributes.sessionTimeout, 'seconds', seconds('sessionTimeoutS')),
    both(attributes.idleTimeout, 'seconds', seconds('idleTimeoutS')),
    both(attributes.acctInterimInterval, 'seconds', seconds('interimIntervalS')),
    both(attributes.filterId, 'name', filterId),
    both(mikrotik.rateLimit, 'bit/s', mikrotikRateLimit),
    both(cisco.serviceInfo, 'bit/s', serviceInfo),
    both(cisco.accountInfo, 'text', ciscoAccountInfo),
    both(cisco.avPair, 'text', avPair),
    accept(erx.addressPoolName, 'name', answer('framedPool')),
    both(erx.virtualRouterName, 'name', answer('vrf')),
    both(erx.ingressPolicyName, 'name', name('aclIn')),
    both(erx.egressPolicyName, 'name', name('aclOut')),
    both(erx.inputInterfaceFilter, 'name', name('aclIn')),
    both(erx.outputInterfaceFilter, 'name', name('aclOut')),
    both(erx.qosProfileName, 'name', name('profile')),
    both(erx.cosParameter, 'bit/s', cosParameter),
    both(erx.serviceActivate, 'name', erxActivate),
    both(erx.serviceDeactivate, 'name', erxDeactivate),
    both(huawei.inputAverageRateBps, 'bit/s', rate('upload', BPS)),
    both(huawei.outputAverageRateBps, 'bit/s', rate('download', BPS)),
    both(huawei.qosProfileName, 'name', name('profile')),
    both(nokia.slaProfile, 'name', name('profile')),
    both(nokia.qosOverride, 'kbit/s', qosOverride),
    both(wispr.bandwidthMaxUpBps, 'bit/s', rate('upload', BPS)),
    both(wispr.bandwidthMaxDownBps, 'bit/s', rate('download', BPS)),
    both(causeway.vrf, 'name', answer('vrf')),
    both(causeway.profile, 'name', name('profile')),
    both(causeway.uploadKbps, 'kbit/s', rate('upload', KBPS)),
    both(causeway.downloadKbps, 'kbit/s', rate('download', KBPS)),
    both(causeway.uploadBurstBytes, 'bytes', burst('upload')),
    both(causeway.downloadBurstBytes, 'bytes', burst('download')),
    both(causeway.aclIn, 'name', name('aclIn')),
    both(causeway.aclOut, 'name', name('aclOut')),
    both(causeway.serviceActivate, 'name', activateService),
    both(causeway.serviceDeactivate, 'name', deactivateService),
    both(causeway.uploadDscp, 'dscp', dscp('uploadDscp')),
    both(causeway.downloadDscp, 'dscp', dscp('downloadDscp')),
  ];
}

/** Applies the rows to a packet. The first attribute that cannot be obeyed is the answer. */
export function readGrant(list: AttributeList, rows: readonly PolicyRow[]): Grant | Refusal {
  const grant = emptyGrant();
  for (const { row, apply } of rows) {
    for (const value of list.all(row)) {
      const wrong: Mistake | undefined = value.ok
        ? apply(grant, value.value)
        : mistake('wrong-length', value.error.message);
      if (wrong?.reason === 'no-counterpart') grant.withoutCounterpart.push(`${row.name} ${wrong.message}`);
      else if (wrong) return { attribute: row.name, reason: wrong.reason, message: wrong.message };
    }
  }
  const services = serviceChange(grant);
  if (typeof services === 'string')
    return { attribute: 'services', reason: 'contradiction', message: `"${services}" is to be on and off` };
  grant.services = services;
  return grant;
}

export function isRefusal(result: Grant | Refusal): result is Refusal {
  return 'attribute' in result;
}

/** The received attributes that none of the rows stands for. */
export function withoutRow(
  list: AttributeList,
  rows: readonly { readonly row: AttributeRow<unknown> }[],
): FlatAttribute[] {
  return list.attributes.filter(
    ({ vendor, type }) => !rows.some(({ row }) => row.vendor === vendor && row.type === type),
  );
}
