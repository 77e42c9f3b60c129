import { RadiusServersResponse } from '#gen/bng/v1/aaa.js';
import { type PendingConfirm, StatusResponse } from '#gen/bng/v1/configd.js';
import { SubscriberStatsResponse } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode, plainReason } from '../exit-codes.js';
import { duration, milliseconds, plural } from '../format.js';
import { SERVICE_NAMES, type ServiceName } from '../settings.js';
import { type Colour, safe, table } from '../table.js';

/** One service as `status` shows it. */
interface ServiceStatus {
  service: ServiceName;
  address: string;
  /** What the service says, `not ready`, or `unreachable`. */
  state: string;
  summary: string;
  /** The service's own answer, for scripts. */
  details: unknown;
}

type Details = Pick<ServiceStatus, 'summary' | 'details'> & { state?: string };

/** All services side by side. Exit code 5 when one is unreachable, 1 when one is not ready. */
export async function status(context: CliContext): Promise<ExitCode> {
  const services = await Promise.all(SERVICE_NAMES.map((service) => probe(context, service)));
  print(context, { services }, () => {
    const rows = services.map(({ service, address, state, summary }) => [
      service,
      context.paint(colourOf(state), state),
      address,
      safe(summary),
    ]);
    return table(['SERVICE', 'STATE', 'ADDRESS', 'DETAILS'], rows, context.paint);
  });
  if (services.some(({ state }) => state === 'unreachable')) return EXIT.unreachable;
  return services.every(({ state }) => state === 'ready') ? EXIT.ok : EXIT.error;
}

const colourOf = (state: string): Colour => (state === 'ready' ? 'green' : state === 'unreachable' ? 'red' : 'yellow');

async function probe(context: CliContext, service: ServiceName): Promise<ServiceStatus> {
  const base = { service, address: context.settings.endpoints[service] };
  try {
    const serving = await context.clients.serving(service, context.timeoutMs(3_000));
    const { state, summary, details } = await detailsOf(context, service);
    return { ...base, state: state ?? (serving ? 'ready' : 'not ready'), summary, details };
  } catch (error) {
    return { ...base, state: 'unreachable', summary: plainReason(BngError.from(error).message), details: null };
  }
}

async function detailsOf(context: CliContext, service: ServiceName): Promise<Details> {
  if (service === 'configd') return configdDetails(context);
  if (service === 'subs-manager') return subscriberDetails(context);
  if (service === 'aaa') return radiusDetails(context);
  return { summary: '', details: null };
}

async function configdDetails(context: CliContext): Promise<Details> {
  const client = context.clients.configd();
  const answer = await callUnary(client.status.bind(client), {}, { timeoutMs: context.timeoutMs(3_000) });
  const summary = [
    `VPP ${answer.vppState} ${answer.vppVersion}`.trim(),
    `version ${answer.configVersion}`,
    plural(answer.resources, 'object'),
    plural(answer.sessions, 'session'),
    ...(answer.drift > 0 ? [`DRIFT ${answer.drift}`] : []),
    ...(answer.pendingConfirm ? [waitText(answer.pendingConfirm, context.io.nowMs())] : []),
    ...(answer.storeAvailable ? [] : ['PostgreSQL AWAY']),
    ...(answer.degraded.length > 0 ? [`DEGRADED (${answer.degraded.join('; ')})`] : []),
  ];
  return { state: answer.state, summary: summary.join(', '), details: StatusResponse.toJSON(answer) };
}

/** A configuration that goes away by itself. */
const waitText = ({ version, deadlineMs, user }: PendingConfirm, nowMs: number): string =>
  `CONFIRM version ${version}${user && ` of ${user}`} within ${duration(Number(deadlineMs) - nowMs)}`;

async function subscriberDetails(context: CliContext): Promise<Details> {
  const client = context.clients.subscribers();
  const answer = await callUnary(client.stats.bind(client), {}, { timeoutMs: context.timeoutMs(3_000) });
  const states = Object.entries(answer.sessionsByState).map(([state, count]) => `${count} ${state}`);
  const pools = answer.pools.map(({ name, used, size }) => `pool ${name} ${used}/${size}`);
  const waiting = answer.outboxPending > 0n ? [`${answer.outboxPending} events waiting`] : [];
  const summary = [...(states.length > 0 ? states : ['no sessions']), ...pools, ...waiting].join(', ');
  return { summary, details: SubscriberStatsResponse.toJSON(answer) };
}

async function radiusDetails(context: CliContext): Promise<Details> {
  const client = context.clients.aaa();
  const answer = await callUnary(client.servers.bind(client), {}, { timeoutMs: context.timeoutMs(3_000) });
  const servers = answer.servers.map(
    ({ name, role, state, timeouts, roundTripP50Ms }) =>
      `${name} ${role} ${state} ${milliseconds(roundTripP50Ms)}${timeouts > 0n ? ` ${plural(Number(timeouts), 'timeout')}` : ''}`,
  );
  return { summary: servers.join(', '), details: RadiusServersResponse.toJSON(answer) };
}
