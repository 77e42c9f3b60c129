import { expect, it } from '@jest/globals';
import { SessionState } from '#gen/bng/v1/subs.js';
import { judgeRequest, type KnownClient, type RequestFacts } from './request-rules.js';

const ours = '100.64.0.1';
const held = '100.64.0.9';
const selecting = { ciaddr: '0.0.0.0', requestedIp: held, serverId: ours };
const initReboot = { ciaddr: '0.0.0.0', requestedIp: held, serverId: undefined };
const renewing = { ciaddr: held, requestedIp: undefined, serverId: undefined };
const other = '100.64.0.77';
const { AUTHORIZING, OFFERED, ACTIVE, TERMINATING, REJECTED } = SessionState;

const cases: [string, RequestFacts, Partial<KnownClient>, string][] = [
  ['selecting our offer', selecting, { state: OFFERED }, 'activate'],
  ['selecting again', selecting, { state: ACTIVE }, 'extend'],
  ['selecting another address', { ...selecting, requestedIp: other }, { state: OFFERED }, 'nak'],
  ['selecting without a record', selecting, { state: undefined }, 'nak'],
  ['selecting without a record, not authoritative', selecting, { state: undefined, authoritative: false }, 'nak'],
  ['selecting another server', { ...selecting, serverId: '192.0.2.1' }, { state: OFFERED }, 'lapse'],
  ['selecting another server while active', { ...selecting, serverId: '192.0.2.1' }, { state: ACTIVE }, 'other_server'],
  ['init-reboot of a lease', initReboot, { state: ACTIVE }, 'extend'],
  ['init-reboot with a wrong address', { ...initReboot, requestedIp: other }, { state: ACTIVE }, 'nak'],
  ['init-reboot without a record', initReboot, { state: undefined }, 'nak'],
  ['the same, not authoritative', initReboot, { state: undefined, authoritative: false }, 'unknown_client'],
  ['renewal', renewing, { state: ACTIVE }, 'extend'],
  ['renewal of another address', { ...renewing, ciaddr: other }, { state: ACTIVE }, 'nak'],
  ['renewal without a record', renewing, { state: undefined }, 'nak'],
  ['renewal, not authoritative', renewing, { state: undefined, authoritative: false }, 'unknown_client'],
  ['while RADIUS is asked', selecting, { state: AUTHORIZING }, 'in_flight'],
  ['after a reject', initReboot, { state: REJECTED }, 'nak'],
  ['while the session ends', renewing, { state: TERMINATING }, 'terminating'],
  ['without any address', { ...initReboot, requestedIp: undefined }, { state: ACTIVE }, 'malformed'],
];

it.each(cases)('%s', (_name, request, known, expected) => {
  const verdict = judgeRequest(request, { serverId: ours, held, state: undefined, authoritative: true, ...known });
  expect(verdict.do === 'silence' ? verdict.reason : verdict.do).toBe(expected);
});
