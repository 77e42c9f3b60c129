import type { Policy } from '#gen/bng/v1/common.js';
import { SessionSelector, TerminateCause } from '#gen/bng/v1/subs.js';
import type { AttributeList } from '#lib/radius/attribute-list.js';
import type { AttributeRow } from '#lib/radius/attribute-row.js';
import { attributes, ErrorCause } from '#lib/radius/attributes.js';
import type { CausewayAttributes } from '#lib/radius/vendors/causeway.js';
import { isRefusal, type PolicyRow, type Refusal, readGrant, withoutRow } from './attribute-policy.js';
import type { AaaConfig } from './config.js';

/** Why a request is answered with a NAK: Error-Cause (RFC 5176 section 3.5) and words for the log. */
export interface Nak {
  readonly errorCause: number;
  readonly message: string;
  /** The attribute that could not be obeyed, for the counter. */
  readonly mistake?: Pick<Refusal, 'attribute' | 'reason'>;
}

export interface ChangeRequest {
  readonly selector: SessionSelector;
  readonly policy: Policy;
  readonly activate: string[];
  readonly deactivate: string[];
  /** The VRF that the session is to be in; empty: not said. */
  readonly vrf: string;
}

export interface DisconnectRequest {
  readonly selector: SessionSelector;
  readonly cause: TerminateCause;
}

interface KeyRow {
  readonly row: AttributeRow<unknown>;
  readonly field: 'sessionId' | 'userName' | 'ipv4' | 'ipv6' | 'mac' | 'line';
  /** The key as subs-manager writes it; undefined when the value is no such key. */
  readonly read: (value: string) => string | undefined;
}

function keyRow(row: AttributeRow<string>, field: KeyRow['field'], read: KeyRow['read'] = (value) => value): KeyRow {
  return { row: row as AttributeRow<unknown>, field, read };
}

/** Session identification attributes, RFC 5176 section 3. All that are given must agree. */
function keyRows(causeway: CausewayAttributes, nas: AaaConfig['nas']): readonly KeyRow[] {
  const lineOf = (multi: string) =>
    multi.startsWith(`${nas.identifier}/`) ? multi.slice(nas.identifier.length + 1) : undefined;
  return [
    keyRow(attributes.acctSessionId, 'sessionId'),
    keyRow(attributes.userName, 'userName'),
    keyRow(attributes.framedIpAddress, 'ipv4'),
    keyRow(attributes.framedIpv6Address, 'ipv6'),
    keyRow(attributes.framedIpv6Prefix, 'ipv6'),
    keyRow(attributes.delegatedIpv6Prefix, 'ipv6'),
    keyRow(attributes.callingStationId, 'mac', normalMac),
    keyRow(attributes.nasPortId, 'line'),
    keyRow(causeway.lineId, 'line'),
    keyRow(attributes.acctMultiSessionId, 'line', lineOf),
  ];
}

/** Attributes that neither choose a session nor change it. */
const envelope = [
  attributes.nasIdentifier,
  attributes.nasIpAddress,
  attributes.nasPortType,
  attributes.eventTimestamp,
  attributes.messageAuthenticator,
  attributes.proxyState,
  attributes.replyMessage,
].map((row) => ({ row: row as AttributeRow<unknown> }));

const nak = (errorCause: number, message: string): Nak => ({ errorCause, message });

export function isNak(result: object): result is Nak {
  return 'errorCause' in result;
}

/** Reads CoA and Disconnect requests into what subs-manager is asked. Everything in them is judged before anything is done. */
export class CoaReader {
  private readonly keys: readonly KeyRow[];
  private readonly changeable: readonly PolicyRow[];

  constructor(
    private readonly config: Pick<AaaConfig, 'nas'>,
    causeway: CausewayAttributes,
    rows: readonly PolicyRow[],
  ) {
    this.keys = keyRows(causeway, config.nas);
    this.changeable = rows.filter(({ coa }) => coa);
  }

  change(list: AttributeList): ChangeRequest | Nak {
    const refusal = this.common(list, this.changeable);
    if (refusal) return refusal;
    const grant = readGrant(list, this.changeable);
    if (isRefusal(grant)) {
      const { attribute, reason, message } = grant;
      return { ...nak(ErrorCause.invalidAttributeValue, `${attribute}: ${message}`), mistake: { attribute, reason } };
    }
    const [foreign] = grant.withoutCounterpart;
    if (foreign !== undefined) return nak(ErrorCause.unsupportedAttribute, foreign);
    const selector = this.selector(list);
    if (isNak(selector)) return selector;
    const { policy, services, vrf } = grant;
    const changed = [...Object.values(policy), ...services.activate, ...services.deactivate, vrf];
    return changed.some((value) => value !== undefined)
      ? { selector, policy, ...services, vrf: vrf ?? '' }
      : nak(ErrorCause.invalidRequest, 'nothing to change');
  }

  disconnect(list: AttributeList): DisconnectRequest | Nak {
    const refusal = this.common(list, [{ row: attributes.acctTerminateCause as AttributeRow<unknown> }]);
    if (refusal) return refusal;
    const given = list.first(attributes.acctTerminateCause);
    const cause = given === undefined ? TerminateCause.ADMIN_RESET : given.ok ? given.value : 0;
    if (cause < TerminateCause.USER_REQUEST || cause > TerminateCause.HOST_REQUEST) {
      return nak(ErrorCause.invalidAttributeValue, 'Acct-Terminate-Cause');
    }
    const selector = this.selector(list);
    return isNak(selector) ? selector : { selector, cause };
  }

  /** What may not be in either request. `allowed`: attributes beside keys and envelope. */
  private common(list: AttributeList, allowed: readonly { readonly row: AttributeRow<unknown> }[]): Nak | undefined {
    if (list.has(attributes.serviceType)) return nak(ErrorCause.unsupportedService, 'Service-Type');
    const [unknown] = withoutRow(list, [...envelope, ...this.keys, ...allowed]);
    if (unknown) return nak(ErrorCause.unsupportedAttribute, `attribute ${unknown.vendor}:${unknown.type}`);
    return this.isForUs(list) ? undefined : nak(ErrorCause.nasIdentificationMismatch, 'another NAS is meant');
  }

  private isForUs(list: AttributeList): boolean {
    const { identifier, ipAddress } = this.config.nas;
    const portType = list.value(attributes.nasPortType) ?? this.config.nas.portType;
    if (portType !== this.config.nas.portType) return false;
    const named = list.value(attributes.nasIdentifier) ?? identifier;
    const addressed = list.value(attributes.nasIpAddress) ?? ipAddress;
    return named === identifier && (ipAddress === undefined || addressed === ipAddress);
  }

  /** The keys that can be read, the first of each kind: which sessions a refused request named. Undefined when there is none. */
  namedBy(list: AttributeList): SessionSelector | undefined {
    const selector = SessionSelector.create();
    for (const { row, field, read } of this.keys) {
      const given = list.first(row);
      const key = given?.ok && given.value !== '' ? read(given.value as string) : undefined;
      if (selector[field] === '') selector[field] = key ?? '';
    }
    return this.keys.some(({ field }) => selector[field] !== '') ? selector : undefined;
  }

  private selector(list: AttributeList): SessionSelector | Nak {
    const selector = SessionSelector.create();
    let found = false;
    for (const { row, field, read } of this.keys) {
      for (const given of list.all(row)) {
        const key = given.ok && given.value !== '' ? read(given.value as string) : undefined;
        if (key === undefined) return nak(ErrorCause.invalidAttributeValue, row.name);
        const before = selector[field];
        if (before === '') selector[field] = key;
        else if (field === 'ipv6') selector.alsoIpv6.push(key);
        else if (before !== key) return nak(ErrorCause.sessionContextNotFound, `${row.name}: another than before`);
        found = true;
      }
    }
    return found ? selector : nak(ErrorCause.missingAttribute, 'no session identification attribute');
  }
}

/** `02:00:00:00:00:01` from any of the usual spellings; undefined when it is no MAC address. */
export function normalMac(text: string): string | undefined {
  const digits = text.toLowerCase().replace(/[-:.]/g, '');
  return /^[0-9a-f]{12}$/.test(digits) ? digits.replace(/..(?=.)/g, '$&:') : undefined;
}
