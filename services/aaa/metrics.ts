import { Counter, Gauge, Histogram, type Registry, secondsBuckets } from '#lib/kernel/metrics.js';
import type { ClientObserver } from '#lib/radius/client.js';
import { codeName } from '#lib/radius/codes.js';
import type { ListenerObserver } from '#lib/radius/listener.js';

export type RadiusRole = 'auth' | 'acct';

/** The metrics of aaa; none is labelled by subscriber. */
export interface AaaMetrics {
  requests: Counter<'role' | 'server'>;
  retransmissions: Counter<'role' | 'server'>;
  replies: Counter<'role' | 'server' | 'code'>;
  timeouts: Counter<'role' | 'server'>;
  discards: Counter<'role' | 'reason'>;
  serverUp: Gauge<'role' | 'server'>;
  roundTrip: Histogram<'role' | 'server'>;
  authorizations: Counter<'outcome'>;
  ignoredAttributes: Counter;
  refusedAttributes: Counter<'attribute' | 'reason'>;
  accountingEvents: Counter<'kind' | 'outcome'>;
  accountingPending: Gauge;
  /** Registers how many partitions of the groups this instance accounts for. */
  accountingPartitions: (held: () => number) => void;
  accountingDelay: Histogram;
  coaReplies: Counter<'code' | 'error_cause'>;
  coaRepeats: Counter;
  coaDiscards: Counter<'reason'>;
  coaDuration: Histogram<'code'>;
}

/** Registers the metrics of aaa. */
export function aaaMetrics(registry: Registry): AaaMetrics {
  const registers = [registry];
  const counter = <T extends string>(name: string, help: string, labelNames: T[] = []) =>
    new Counter<T>({ name: `bng_${name}`, help, labelNames, registers });
  const histogram = <T extends string>(name: string, help: string, labelNames: T[] = []) =>
    new Histogram<T>({ name: `bng_${name}`, help, labelNames, registers, buckets: secondsBuckets });
  const gauge = <T extends string>(name: string, help: string, labelNames: T[] = []) =>
    new Gauge<T>({ name: `bng_${name}`, help, labelNames, registers });
  return {
    requests: counter('radius_requests_total', 'RADIUS requests, without retransmissions', ['role', 'server']),
    retransmissions: counter('radius_retransmissions_total', 'RADIUS requests sent again', ['role', 'server']),
    replies: counter('radius_replies_total', 'Verified RADIUS replies', ['role', 'server', 'code']),
    timeouts: counter('radius_timeouts_total', 'RADIUS requests never answered by the server', ['role', 'server']),
    discards: counter('radius_discards_total', 'Datagrams dropped as not authentic or not asked for', [
      'role',
      'reason',
    ]),
    serverUp: gauge('radius_server_up', '1 while the RADIUS server is thought alive', ['role', 'server']),
    roundTrip: histogram('radius_round_trip_seconds', 'First transmission to verified reply', ['role', 'server']),
    authorizations: counter('aaa_authorizations_total', 'Authorize calls by outcome', ['outcome']),
    ignoredAttributes: counter('aaa_ignored_attributes_total', 'Attributes of Access-Accepts that have no effect'),
    refusedAttributes: counter('aaa_refused_attributes_total', 'Attributes that could not be obeyed', [
      'attribute',
      'reason',
    ]),
    accountingEvents: counter('aaa_accounting_events_total', 'Session events dealt with', ['kind', 'outcome']),
    accountingPending: gauge('aaa_accounting_pending', 'Session events taken from JetStream and not yet acknowledged'),
    accountingPartitions: (held) => {
      new Gauge({
        name: 'bng_aaa_accounting_partitions',
        help: 'Partitions of the subscriber groups that this instance accounts for',
        registers,
        collect() {
          this.set(held());
        },
      });
    },
    accountingDelay: histogram('aaa_accounting_delay_seconds', 'Event to Accounting-Response'),
    coaReplies: counter('aaa_coa_replies_total', 'Answers to CoA and Disconnect requests', ['code', 'error_cause']),
    coaRepeats: counter('aaa_coa_repeats_total', 'Retransmissions answered from the cache'),
    coaDiscards: counter('aaa_coa_discards_total', 'CoA and Disconnect datagrams met with silence', ['reason']),
    coaDuration: histogram('aaa_coa_duration_seconds', 'Request to answer, dataplane included', ['code']),
  };
}

/** What a RADIUS client reports, as metrics. */
export function clientObserver(
  metrics: AaaMetrics,
  role: RadiusRole,
  onState: ClientObserver['stateChanged'],
): ClientObserver {
  return {
    sent: (server, _, again) => (again ? metrics.retransmissions : metrics.requests).inc({ role, server }),
    answered(server, _, replyCode, roundTripMs) {
      metrics.replies.inc({ role, server, code: codeName(replyCode) });
      metrics.roundTrip.observe({ role, server }, roundTripMs / 1000);
    },
    timedOut: (server) => metrics.timeouts.inc({ role, server }),
    discarded: (reason) => metrics.discards.inc({ role, reason }),
    stateChanged(server, state) {
      metrics.serverUp.set({ role, server }, state === 'up' ? 1 : 0);
      onState?.(server, state);
    },
  };
}

/** What the CoA listener reports, as metrics. Error causes are counted where they are known, by the handler. */
export function coaObserver(
  metrics: AaaMetrics,
  onDiscard: NonNullable<ListenerObserver['discarded']>,
): ListenerObserver {
  return {
    replied: (code, _, tookMs) => metrics.coaDuration.observe({ code: codeName(code) }, tookMs / 1000),
    repeated: () => metrics.coaRepeats.inc(),
    discarded(reason, from) {
      metrics.coaDiscards.inc({ reason });
      onDiscard(reason, from);
    },
  };
}
