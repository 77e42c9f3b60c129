import { RateSample } from '#gen/bng/v1/subs_tools.js';
import { readStream } from '#lib/kernel/rpc-client.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { speed } from '../format.js';
import { wholeNumber } from '../whole-number.js';

export interface WatchRateOptions {
  count?: string;
}

/** What one subscriber sends and receives, a line a second, until its session ends, `--count` is reached or the command is. */
export async function watchRate(context: CliContext, options: WatchRateOptions, key: string): Promise<ExitCode> {
  const count = options.count === undefined ? Number.POSITIVE_INFINITY : wholeNumber('--count', options.count);
  let shown = 0;
  for await (const sample of readStream(context.clients.subscriberTools().watchRate({ key }))) {
    context.io.out(
      context.json ? `${JSON.stringify(RateSample.toJSON(sample))}\n` : `${sampleLine(context, sample)}\n`,
    );
    if (++shown >= count) break;
  }
  return EXIT.ok;
}

function sampleLine({ paint }: CliContext, sample: RateSample): string {
  const at = new Date(Number(sample.atMs)).toISOString().slice(11, 19);
  if (sample.periodS === 0) return `${at}  ${paint('yellow', 'not measured yet, or the counters cannot be read')}`;
  const side = (name: string, bps: number, pps: number) =>
    `${name} ${speed(bps).padStart(11)} ${String(Math.round(pps)).padStart(8)} packets/s`;
  return `${at}  ${side('down', sample.downBps, sample.downPps)}  ${side('up', sample.upBps, sample.upPps)}`;
}
