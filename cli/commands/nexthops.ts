import { type NextHop, NextHopsResponse, type SteeredPath, type SteeredRoute } from '#gen/bng/v1/configd.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { duration } from '../format.js';
import { safe, table } from '../table.js';

const hopHeading = ['NEXT HOP', 'ADDRESS', 'WHERE', 'STATE', 'SINCE', 'LOSS', 'RTT', 'FLAPS', 'NOTE'];
const routeHeading = ['ROUTE', 'VRF', 'PATH', 'WEIGHT', 'NOW', 'SHARE', 'NOW'];

/** Watched next hops, then the routes over them. Exit code 1 while one is out or cannot be probed. */
export async function nexthops(context: CliContext): Promise<ExitCode> {
  const client = context.clients.configd();
  const answer = await callUnary(client.nextHops.bind(client), {}, { timeoutMs: context.timeoutMs(3_000) });
  print(context, NextHopsResponse.toJSON(answer), () => textOf(context, answer));
  const isWell = ({ carries, unprobed }: NextHop) => carries && unprobed === '';
  return answer.nextHops.every(isWell) ? EXIT.ok : EXIT.error;
}

function textOf(context: CliContext, { nextHops, routes }: NextHopsResponse): string {
  if (nextHops.length === 0) return 'no next hops are watched';
  const hops = table(
    hopHeading,
    nextHops.map((hop) => hopRow(context, hop)),
    context.paint,
  );
  if (routes.length === 0) return hops;
  const paths = routes.flatMap((route) => route.paths.map((path, index) => pathRow(context, route, path, index)));
  return `${hops}\n${table(routeHeading, paths, context.paint)}`;
}

const colours: Readonly<Record<string, 'green' | 'red' | 'yellow'>> = { up: 'green', down: 'red', held: 'yellow' };

function hopRow(context: CliContext, hop: NextHop): string[] {
  const colour = colours[hop.state];
  return [
    hop.name,
    hop.address,
    hop.interface || `VRF ${hop.vrf}`,
    colour ? context.paint(colour, hop.state) : hop.state,
    duration(context.io.nowMs() - Number(hop.changedMs)),
    percent(hop.loss),
    hop.rttMs === 0 ? '-' : `${Math.round(hop.rttMs * 1000) / 1000} ms`,
    String(hop.flaps),
    noteOf(context, hop),
  ];
}

function noteOf(context: CliContext, { unprobed, returnsMs, worth }: NextHop): string {
  if (unprobed !== '') return safe(`not probed: ${unprobed}`);
  if (returnsMs > 0n) return `back in ${duration(Math.max(0, Number(returnsMs) - context.io.nowMs()))} at the earliest`;
  return worth < 1 ? `worth ${percent(worth)} of its weight` : '';
}

function pathRow(context: CliContext, route: SteeredRoute, path: SteeredPath, index: number): string[] {
  const where = path.nextHop || [path.via, path.interface].filter((part) => part !== '').join(' ');
  return [
    ...(index === 0 ? [route.prefix, route.vrf] : ['', '']),
    path.preference > 0 ? `${where} (preference ${path.preference})` : where,
    String(path.weight),
    path.weightNow === 0 ? context.paint('red', 'out') : String(path.weightNow),
    percent(path.share),
    percent(path.shareNow),
  ];
}

const percent = (part: number): string => `${Math.round(part * 1000) / 10} %`;
