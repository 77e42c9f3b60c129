import { SessionState } from '#gen/bng/v1/subs.js';
import { ANY_IP4 } from '#lib/net/address.js';
import type { DropReason } from './drops.js';

/** What a REQUEST says of itself (RFC 2131 table 4). Renewing and rebinding look alike through a relay. */
export interface RequestFacts {
  ciaddr: string;
  requestedIp: string | undefined;
  serverId: string | undefined;
}

/** What is known of the client. */
export interface KnownClient {
  /** Our server identifier on its line. */
  serverId: string;
  state: SessionState | undefined;
  /** The address held for it. */
  held: string;
  authoritative: boolean;
}

export type Verdict =
  | { do: 'activate' | 'extend' | 'lapse' }
  | { do: 'nak'; reason: string }
  | { do: 'silence'; reason: DropReason };

const nak = (reason: string): Verdict => ({ do: 'nak', reason });
const silence = (reason: DropReason): Verdict => ({ do: 'silence', reason });

/** What a REQUEST gets (RFC 2131 section 4.3.2). */
export function judgeRequest(request: RequestFacts, known: KnownClient): Verdict {
  const { state } = known;
  if (request.serverId !== undefined && request.serverId !== known.serverId)
    return state === SessionState.OFFERED ? { do: 'lapse' } : silence('other_server');
  const wanted = request.ciaddr === ANY_IP4 ? request.requestedIp : request.ciaddr;
  if (wanted === undefined) return silence('malformed');
  switch (state) {
    case undefined:
    case SessionState.UNSPECIFIED:
      if (request.serverId !== undefined || known.authoritative) return nak('address is not known');
      return silence('unknown_client');
    case SessionState.AUTHORIZING:
      return silence('in_flight');
    case SessionState.REJECTED:
      return nak('not authorized');
    case SessionState.TERMINATING:
      return silence('terminating');
    case SessionState.OFFERED:
      return wanted === known.held ? { do: 'activate' } : nak('address was not offered');
    case SessionState.ACTIVE:
      return wanted === known.held ? { do: 'extend' } : nak('another address is leased');
    default:
      return state satisfies never;
  }
}
