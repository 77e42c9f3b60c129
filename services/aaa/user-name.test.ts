import { describe, expect, it } from '@jest/globals';
import { AccessIdentity } from '#gen/bng/v1/aaa.js';
import { userName, userNameTemplate } from './user-name.js';

const identity = AccessIdentity.fromPartial({
  line: { name: 'access.100.7', parent: 'access', outerVlan: 100, innerVlan: 7, vrf: 'customers' },
  mac: '02:00:00:00:00:07',
  circuitId: Buffer.from('olt1/3'),
  remoteId: Buffer.from([0, 1, 0xff]),
  hostName: 'cpe',
});

describe('userName', () => {
  it.each([
    ['{line}', 'access.100.7'],
    ['{interface}.{outerVlan}.{innerVlan}', 'access.100.7'],
    ['{mac}', '02:00:00:00:00:07'],
    ['{macPlain}@isp.example', '020000000007@isp.example'],
    ['{circuitId}|{remoteId}', 'olt1/3|0x0001ff'],
    ['{hostName}-{vrf}', 'cpe-customers'],
  ])('%s is %s', (template, expected) => {
    expect(userNameTemplate.parse(template)).toBe(template);
    expect(userName(template, identity)).toBe(expected);
  });

  it.each([
    ['{lime}', 'unknown {lime}'],
    ['{constructor}', 'unknown {constructor}'],
    ['everybody', 'no placeholder'],
  ])('refuses %s', (template, message) => expect(() => userNameTemplate.parse(template)).toThrow(message));
});
