import { type Apply, type Grant, type Mistake, mistake } from '../grant.js';
import { KBPS, setBurst, setRate } from '../grant-setters.js';

const form = /^([ie]):(?:([qp]):(\d{1,2})|(r)):((?:\w+=(?:\d{1,12}|max|-[12])(?:,|$))+)$/;
const UNSAID = new Set(['max', '-1', '-2']);

/**
 * `i|e:object:[id:]parameter=value,...`: i is upload. Queue and policer 1 count (their PIR, the CIR where there is none,
 * and MBS), and the egress aggregate rate `e:r:rate=`. `max`, -1 and -2 override nothing. Schedulers, arbiters and
 * further queues have no counterpart.
 */
export const qosOverride: Apply<string> = (grant, value) => {
  const [, way, object, id, , list] = form.exec(value.toLowerCase()) ?? [];
  if (list === undefined)
    return /^[ie]:[qpras]:/i.test(value) && !/^[ie]:[qpr]:/i.test(value)
      ? mistake('no-counterpart', value.slice(0, 3))
      : mistake('malformed', `"${value}" is not direction:object:id:parameter=value`);
  if (object !== undefined && id !== '1') return mistake('no-counterpart', `${object}:${id}`);
  return override(grant, way === 'i' ? 'upload' : 'download', list);
};

function override(grant: Grant, direction: 'upload' | 'download', list: string): Mistake | undefined {
  const words = new Map(list.split(',').map((word) => word.split('=') as [string, string]));
  const said = (key: string) => {
    const word = words.get(key);
    return word === undefined || UNSAID.has(word) ? undefined : BigInt(word);
  };
  const rate = said('rate') ?? said('pir') ?? said('cir');
  const bytes = said('mbs');
  const wrong = rate === undefined ? undefined : setRate(grant, direction, rate, KBPS);
  return wrong ?? (bytes === undefined ? undefined : setBurst(grant, direction, bytes));
}
