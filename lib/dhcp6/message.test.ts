import { expect, test } from '@jest/globals';
import { KEA_ADVERTISE, RELAYED_SOLICIT } from './captured.testkit.js';
import { buildServer6, relayed6, status6 } from './message.js';
import { OPTION6 } from './options.js';
import { type Dhcp6Packet, decodeDhcp6, encodeDhcp6, option6, withValue6 } from './packet.js';

const request = decodeDhcp6(RELAYED_SOLICIT) as { value: Dhcp6Packet };
const serverId = Uint8Array.from(Buffer.from('0002000009bf87abef7a5bb545', 'hex'));
const dns = withValue6(OPTION6.dnsServers, ['2001:db8::53', '2001:db8::54']);
const domains = withValue6(OPTION6.domainList, ['example.net', 'isp.example']);

const codes = (packet: Dhcp6Packet) => packet.message.options.map(({ code }) => code);
const answer = (more: object) =>
  relayed6(
    request.value,
    buildServer6(request.value.message, { type: 'advertise', serverId, options: [dns, domains], ...more }),
  );

test('the same as Kea answers, associations aside', () => {
  const kea = decodeDhcp6(KEA_ADVERTISE) as { value: Dhcp6Packet };
  const ours = decodeDhcp6(encodeDhcp6(answer({}))) as { value: Dhcp6Packet };
  expect(ours.value.relays).toEqual(kea.value.relays);
  const plain = kea.value.message.options.filter(({ code }) => code !== 3 && code !== 25);
  expect(ours.value.message).toEqual({ ...kea.value.message, options: plain });
});

test('preference, rapid commit and status go out when given', () => {
  const full = answer({ preference: 255, rapidCommit: true, status: status6('noAddrsAvail', 'none') });
  expect(codes(full)).toEqual([1, 2, 7, 14, 13, 23, 24]);
  expect(option6(full.message, OPTION6.status)).toEqual({ code: 2, message: 'none' });
});

test('options the client did not ask for stay here', () => {
  const asksNothing = request.value.message.options.filter(({ code }) => code !== OPTION6.requested.code);
  const bare = buildServer6(
    { ...request.value.message, options: asksNothing },
    { type: 'reply', serverId, options: [dns] },
  );
  expect(bare.options.map(({ code }) => code)).toEqual([1, 2]);
});
