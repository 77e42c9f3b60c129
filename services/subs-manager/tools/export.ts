import { setImmediate as nextTurn } from 'node:timers/promises';
import { Session as SessionMessage, type SubscriberFilter } from '#gen/bng/v1/subs.js';
import { ExportRequest_Format } from '#gen/bng/v1/subs_tools.js';
import { readable } from '#lib/net/readable.js';
import { compileFilter, filterable } from '../session/select.js';
import { toMessage } from '../session/session.js';
import type { SessionIndex } from '../session/session-index.js';
import { stateName } from '../session/state-machine.js';
import { csvRecord } from './csv.js';

/** Sessions written, or looked at, before others get their turn. */
const SLICE = 500;

const time = (unixMs: bigint): string => (unixMs === 0n ? '' : new Date(Number(unixMs)).toISOString());

/** Columns of the CSV, in order. Names stay; new ones are added at the end. */
const columns: Readonly<Record<string, (session: SessionMessage) => string | number | bigint>> = {
  session_id: ({ sessionId }) => sessionId,
  state: ({ state }) => stateName(state),
  user_name: ({ userName }) => userName,
  mac: ({ identity }) => identity?.mac ?? '',
  ipv4: ({ ipv4 }) => ipv4,
  ipv6: ({ ipv6 }) => ipv6?.address ?? '',
  delegated_prefix: ({ ipv6 }) => ipv6?.delegatedPrefix ?? '',
  framed_prefix: ({ ipv6 }) => ipv6?.framedPrefix ?? '',
  line: ({ identity }) => identity?.line?.name ?? '',
  outer_vlan: ({ identity }) => identity?.line?.outerVlan ?? 0,
  inner_vlan: ({ identity }) => identity?.line?.innerVlan ?? 0,
  vrf: ({ identity }) => identity?.line?.vrf ?? '',
  circuit_id: ({ identity }) => readable(identity?.circuitId ?? new Uint8Array()),
  remote_id: ({ identity }) => readable(identity?.remoteId ?? new Uint8Array()),
  host_name: ({ identity }) => identity?.hostName ?? '',
  group: ({ group }) => group,
  profile: ({ policy }) => policy?.profile ?? '',
  download_bps: ({ policy }) => policy?.downloadBps ?? '',
  upload_bps: ({ policy }) => policy?.uploadBps ?? '',
  acl_in: ({ policy }) => policy?.aclIn ?? '',
  acl_out: ({ policy }) => policy?.aclOut ?? '',
  input_octets: ({ counters }) => counters?.inputOctets ?? 0n,
  output_octets: ({ counters }) => counters?.outputOctets ?? 0n,
  input_packets: ({ counters }) => counters?.inputPackets ?? 0n,
  output_packets: ({ counters }) => counters?.outputPackets ?? 0n,
  created: ({ createdMs }) => time(createdMs),
  started: ({ startedMs }) => time(startedMs),
  lease_expires: ({ leaseExpiresMs }) => time(leaseExpiresMs),
  reason: ({ reason }) => reason,
};

interface Writer {
  readonly begin: string;
  /** `first`: nobody was written before. */
  session(session: SessionMessage, first: boolean): string;
  readonly end: string;
}

const csv: Writer = {
  begin: csvRecord(Object.keys(columns)),
  session: (session) => csvRecord(Object.values(columns).map((read) => read(session))),
  end: '',
};

const json: Writer = {
  begin: '[',
  session: (session, first) => `${first ? '\n' : ',\n'}${JSON.stringify(SessionMessage.toJSON(session))}`,
  end: '\n]\n',
};

/**
 * Sessions that match, as a file in pieces; each piece ends with a whole session. Who comes or goes meanwhile may be in it
 * or not. `invalid_argument` for a filter that is none.
 */
export async function* exportSessions(
  index: SessionIndex,
  filter: SubscriberFilter | undefined,
  format: ExportRequest_Format,
): AsyncGenerator<string> {
  const accept = compileFilter(filter);
  const writer = format === ExportRequest_Format.JSON ? json : csv;
  let piece = writer.begin;
  let [seen, first] = [0, true];
  for (const session of index.all()) {
    if (++seen % SLICE === 0) {
      if (piece !== '') yield piece;
      piece = '';
      await nextTurn();
    }
    if (!accept(filterable(session))) continue;
    piece += writer.session(toMessage(session), first);
    first = false;
  }
  yield piece + writer.end;
}
