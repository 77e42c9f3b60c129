import { describe, expect, it } from '@jest/globals';
import { OPTION } from '#lib/dhcp/options.js';
import { decodeDhcp, encodeDhcp, option, optionData } from '#lib/dhcp/packet.js';
import { buildAck } from '#lib/dhcp/reply.js';
import { buildClientMessage } from '#lib/dhcp/request.js';
import { configSchema } from '../config.js';
import { grantFor, maskFor } from './reply.js';

const config = (group: object) =>
  configSchema.parse({
    databaseUrl: 'postgres://x/y',
    configd: '127.0.0.1:1',
    aaa: '127.0.0.1:2',
    pools: [{ name: 'main', prefix: '100.64.0.0/16' }],
    groups: [{ name: 'homes', pools: ['main'], ...group }],
  });

/** What a client reads of the ACK. */
function ackOf(group: object, vendorClass = '', asks = [1, 3, 6, 43, 121]) {
  const { groups, pools } = config(group);
  const [first] = groups;
  if (first === undefined) throw new Error('no group');
  const request = buildClientMessage({ type: 'request', mac: '02:00:00:00:00:01', xid: 1, asks });
  const ipv4 = '100.64.0.9';
  const mask = maskFor(ipv4, first, pools);
  const ack = buildAck(request, grantFor({ ipv4, group: first, gateway: '100.64.0.1', mask, vendorClass }, 3600));
  const read = decodeDhcp(encodeDhcp(ack));
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

describe('options of a group', () => {
  it('routes bring the way to everything else with them, as clients then ignore the router option', () => {
    const routes = [{ destination: '10.8.0.0/13' }, { destination: '192.0.2.0/24', router: '100.64.0.2' }];
    expect(option(ackOf({ routes }), OPTION.classlessRoutes)).toEqual([
      { destination: '10.8.0.0/13', router: '100.64.0.1' },
      { destination: '192.0.2.0/24', router: '100.64.0.2' },
      { destination: '0.0.0.0/0', router: '100.64.0.1' },
    ]);
  });

  it('a default route of its own is the only one; a host mask has the gateway on the link', () => {
    const routes = [{ destination: '0.0.0.0/0', router: '100.64.0.7' }];
    expect(option(ackOf({ routes, subnetMask: '255.255.255.255' }), OPTION.classlessRoutes)).toEqual([
      { destination: '100.64.0.1/32', router: '0.0.0.0' },
      { destination: '0.0.0.0/0', router: '100.64.0.7' },
    ]);
  });

  it('a gateway that the mask puts elsewhere is on the link all the same', () => {
    expect(option(ackOf({ subnetMask: '255.255.255.248' }), OPTION.classlessRoutes)).toEqual([
      { destination: '100.64.0.1/32', router: '0.0.0.0' },
      { destination: '0.0.0.0/0', router: '100.64.0.1' },
    ]);
    expect(option(ackOf({ subnetMask: '255.255.255.240' }), OPTION.classlessRoutes)).toBeUndefined();
  });

  it('vendor options go to their vendor, and unasked ones only when they must', () => {
    const options = [
      { code: 43, hex: '01:04:c0:a8:00:01', vendorClass: 'acs.' },
      { code: 66, text: 'tftp.example.net', always: true },
      { code: 7, addresses: ['192.0.2.1'] },
    ];
    const ours = ackOf({ options }, 'acs.cpe.v2');
    expect(Buffer.from(optionData(ours, 43) ?? []).toString('hex')).toBe('0104c0a80001');
    expect(option(ours, OPTION.tftpServerName)).toBe('tftp.example.net');
    expect(option(ours, OPTION.logServers)).toBeUndefined();
    expect(optionData(ackOf({ options }, 'other'), 43)).toBeUndefined();
  });

  it.each<[string, object, RegExp]>([
    ['an option with a setting of its own', { options: [{ code: 51, hex: '00' }] }, /setting of its own/],
    ['no value', { options: [{ code: 43 }] }, /one of text, hex and addresses/],
    ['two values', { options: [{ code: 43, hex: '00', text: 'x' }] }, /one of text, hex and addresses/],
    ['a value that does not fit', { options: [{ code: 7, hex: '0102' }] }, /does not fit option 7/],
    ['a route that is none', { routes: [{ destination: '10.0.0.0' }] }, /prefix is expected/],
  ])('%s is refused', (_name, group, message) => {
    expect(() => config(group)).toThrow(message);
  });
});
