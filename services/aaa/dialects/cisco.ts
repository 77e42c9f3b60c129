import { type Apply, type Grant, type Mistake, mistake } from '../grant.js';
import { answer, BPS, name, setBurst, setRate } from '../grant-setters.js';
import { ciscoCommand, ciscoServiceName } from './services.js';

/** Both directions name one profile, since the catalogue's profiles have both. */
const policyMap: Apply<string> = (grant, value) => {
  const before = grant.policy.profile;
  if (before !== undefined && before !== value)
    return mistake('contradiction', `"${before}" one way and "${value}" the other: a profile is for both`);
  return name('profile')(grant, value);
};

/** What Cisco-AVPair may carry: `protocol:attribute`, without the trailing `=value`. */
const pairs = new Map<string, Apply<string>>([
  ['ip:addr-pool', answer('framedPool')],
  ['ip:vrf-id', answer('vrf')],
  ['ip:inacl', name('aclIn')],
  ['ip:outacl', name('aclOut')],
  ['ip:sub-qos-policy-in', policyMap],
  ['ip:sub-qos-policy-out', policyMap],
  ['subscriber:sub-qos-policy-in', policyMap],
  ['subscriber:sub-qos-policy-out', policyMap],
  ['subscriber:service-name', ciscoServiceName],
  ['subscriber:command', ciscoCommand],
]);

/** `protocol:attribute=value`, also with `*` (optional) in place of `=`. An ACL may have `#number` behind its direction. */
export const avPair: Apply<string> = (grant, value) => {
  const [, key, word] = /^\s*([\w-]+:[\w-]+)(?:#\d+)?\s*[=*]\s*(.*?)\s*$/s.exec(value) ?? [];
  if (key === undefined || word === undefined)
    return mistake('malformed', `"${value}" is not protocol:attribute=value`);
  const apply = pairs.get(key.toLowerCase());
  return apply ? apply(grant, word) : mistake('no-counterpart', key);
};

const serviceInfoForm = /^QU;(\d{1,15})(?:;(\d{1,15}))?(?:;\d{1,15})?;D;(\d{1,15})(?:;(\d{1,15}))?(?:;\d{1,15})?;?$/;

/** ISG's `QU;CIR;normal burst;excess burst;D;CIR;normal burst;excess burst`: bit/s and bytes, U is upload. */
export const serviceInfo: Apply<string> = (grant, value) => {
  if (!value.startsWith('QU;')) return mistake('no-counterpart', value.slice(0, 2));
  const [, up, upBurst, down, downBurst] = serviceInfoForm.exec(value) ?? [];
  if (up === undefined || down === undefined) return mistake('malformed', `"${value}" is not QU;rate;...;D;rate;...`);
  return direction(grant, 'upload', up, upBurst) ?? direction(grant, 'download', down, downBurst);
};

function direction(
  grant: Grant,
  which: 'upload' | 'download',
  rate: string,
  burst: string | undefined,
): Mistake | undefined {
  const wrong = setRate(grant, which, BigInt(rate), BPS);
  return wrong ?? (burst === undefined ? undefined : setBurst(grant, which, BigInt(burst)));
}
