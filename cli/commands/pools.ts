import { AuditAddressesResponse, type PoolStats, SubscriberStatsResponse } from '#gen/bng/v1/subs.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { table } from '../table.js';

export interface PoolsOptions {
  audit?: boolean;
  repair?: boolean;
}

/** Address pools and how full they are; with `--audit` what does not fit the sessions, and exit 1 when something does not. */
export async function pools(context: CliContext, options: PoolsOptions): Promise<ExitCode> {
  if (options.audit || options.repair) return audit(context, options.repair === true);
  const client = context.clients.subscribers();
  const stats = await callUnary(client.stats.bind(client), {}, { timeoutMs: context.timeoutMs(5_000) });
  const only = { pools: stats.pools };
  print(context, SubscriberStatsResponse.toJSON(SubscriberStatsResponse.fromPartial(only)), () => {
    if (stats.pools.length === 0) return 'no pools';
    const heading = ['POOL', 'VRF', 'SIZE', 'USED', 'QUARANTINED', 'FREE', 'FULL', 'OVERFLOW'];
    return table(heading, stats.pools.map(row), context.paint);
  });
  return EXIT.ok;
}

function row({ name, vrf, size, used, quarantined, overflow }: PoolStats): string[] {
  const taken = used + quarantined;
  const full = size === 0n ? '-' : `${Number((taken * 1000n) / size) / 10}%`;
  return [name, vrf || 'all', String(size), String(used), String(quarantined), String(size - taken), full, overflow];
}

async function audit(context: CliContext, repair: boolean): Promise<ExitCode> {
  const client = context.clients.subscribers();
  const request = { repair };
  const answer = await callUnary(client.auditAddresses.bind(client), request, { timeoutMs: context.timeoutMs(60_000) });
  print(context, AuditAddressesResponse.toJSON(answer), () => {
    if (answer.findings.length === 0) return 'addresses and sessions agree';
    const rows = answer.findings.map(({ fault, vrf, ipv4, sessionId, repaired, note }) => [
      fault,
      vrf,
      ipv4,
      sessionId,
      repaired ? 'mended' : 'left',
      note,
    ]);
    return table(['FAULT', 'VRF', 'ADDRESS', 'SESSION', 'REPAIR', 'NOTE'], rows, context.paint);
  });
  return answer.findings.some(({ repaired }) => !repaired) ? EXIT.error : EXIT.ok;
}
