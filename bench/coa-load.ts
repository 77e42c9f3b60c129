import { attribute } from '#lib/radius/attribute-row.js';
import { attributes } from '#lib/radius/attributes.js';
import { RadiusClient } from '#lib/radius/client.js';
import { Code } from '#lib/radius/codes.js';
import { causewayAttributes } from '#lib/radius/vendors/causeway.js';
import type { Stack } from '../test/harness/stack.js';
import { paced } from './figures.js';

export interface CoaResult {
  /** CoA-Request to CoA-ACK, milliseconds. */
  readonly roundTripsMs: number[];
  /** Everything that was no ACK, by kind. */
  readonly failures: ReadonlyMap<string, number>;
}

/** Changes the rates of sessions by CoA-Requests at a steady pace; an ACK means that the dataplane has confirmed. */
export async function changeRates(
  { coa }: Pick<Stack, 'coa'>,
  sessionIds: readonly string[],
  { count, perSecond }: { readonly count: number; readonly perSecond: number },
): Promise<CoaResult> {
  const server = { name: 'aaa', host: coa.host, port: coa.port, secret: Buffer.from(coa.secret) };
  const client = new RadiusClient({ servers: [server] });
  await client.start();
  const { downloadKbps, uploadKbps } = causewayAttributes();
  const roundTripsMs: number[] = [];
  const failures = new Map<string, number>();
  await paced(count, perSecond, async (i) => {
    const kbps = 20_000 + 1000 * (i % 50);
    const outcome = await client.exchange(Code.coaRequest, [
      attribute(attributes.acctSessionId, sessionIds[i % sessionIds.length] ?? ''),
      attribute(downloadKbps, kbps),
      attribute(uploadKbps, kbps / 2),
    ]);
    if (outcome.kind === 'acknowledged') roundTripsMs.push(outcome.roundTripMs);
    else failures.set(outcome.kind, (failures.get(outcome.kind) ?? 0) + 1);
  });
  await client.stop();
  return { roundTripsMs, failures };
}
