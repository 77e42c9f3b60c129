import type { AccessIdentity } from '#gen/bng/v1/aaa.js';
import { readable } from '#lib/net/readable.js';
import type { GroupConfig } from '../config.js';

function idsOf({ circuitId, remoteId, mac }: AccessIdentity, by: GroupConfig['subscriberBy']): string[] | undefined {
  const named = (...ids: Buffer[]) => (ids.some(({ length }) => length === 0) ? undefined : ids.map(readable));
  switch (by) {
    case 'line':
      return [];
    case 'mac':
      return [mac];
    case 'circuit-id':
      return named(circuitId);
    case 'remote-id':
      return named(remoteId);
    case 'circuit-and-remote-id':
      return named(circuitId, remoteId);
    default:
      return by satisfies never;
  }
}

/**
 * The place of one subscriber: its line, or its part of a shared one, `access.200#olt-1 0/3/7`. Undefined when the
 * access node did not say which part.
 */
export function placeOf(identity: AccessIdentity, group: GroupConfig): string | undefined {
  const ids = idsOf(identity, group.subscriberBy);
  return ids === undefined ? undefined : [identity.line?.name ?? '', ...ids].join('#');
}

/** True for a group whose lines are each shared by many. */
export const isShared = (group: Pick<GroupConfig, 'subscriberBy'>): boolean => group.subscriberBy !== 'line';
