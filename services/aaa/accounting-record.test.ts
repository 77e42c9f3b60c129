import { describe, expect, it } from '@jest/globals';
import { Counters } from '#gen/bng/v1/common.js';
import { Session, SessionEvent, SessionEvent_Kind, SessionState, TerminateCause } from '#gen/bng/v1/subs.js';
import type { AttributeInput } from '#lib/radius/attribute-row.js';
import { causewayAttributes } from '#lib/radius/vendors/causeway.js';
import { accountingRecord } from './accounting-record.js';

const config = { nas: { identifier: 'bng1', ipAddress: '192.0.2.1', portType: 15 } };
const event = (fields: Partial<SessionEvent>): SessionEvent =>
  SessionEvent.fromPartial({
    id: 'e',
    atMs: 1_700_000_100_900n,
    sequence: 1n,
    session: {
      sessionId: 's1',
      state: SessionState.ACTIVE,
      userName: 'access.100.7',
      ipv4: '100.64.0.7',
      startedMs: 1_700_000_000_000n,
      class: [Buffer.from('gold'), Buffer.alloc(0)],
      counters: { inputOctets: 3n * 2n ** 32n + 5n, outputOctets: 7n, inputPackets: 2n ** 32n + 1n, outputPackets: 9n },
      identity: {
        mac: '02:00:00:00:00:07',
        circuitId: Buffer.from('olt1/3'),
        line: { name: 'access.100.7', vrf: 'customers' },
      },
    },
    ...fields,
  });
const named = (inputs: AttributeInput[] | undefined) =>
  Object.fromEntries((inputs ?? []).map(({ row, value }) => [row.name, value]));
const record = (fields: Partial<SessionEvent>) =>
  named(accountingRecord(event(fields), config, causewayAttributes(), 1_700_000_105_000));

describe('accountingRecord', () => {
  it('makes a Start without counters', () => {
    expect(record({ kind: SessionEvent_Kind.UP })).toEqual({
      'Acct-Status-Type': 1,
      'Acct-Session-Id': 's1',
      'Acct-Multi-Session-Id': 'bng1/access.100.7',
      'User-Name': 'access.100.7',
      'NAS-Identifier': 'bng1',
      'NAS-IP-Address': '192.0.2.1',
      'NAS-Port-Type': 15,
      'Calling-Station-Id': '02:00:00:00:00:07',
      'NAS-Port-Id': 'access.100.7',
      'Causeway-Line-Id': 'access.100.7',
      'Causeway-VRF': 'customers',
      'ADSL-Agent-Circuit-Id': Buffer.from('olt1/3'),
      'Framed-IP-Address': '100.64.0.7',
      Class: Buffer.from('gold'),
      'Acct-Authentic': 1,
      'Event-Timestamp': 1_700_000_100,
      'Acct-Delay-Time': 4,
    });
  });

  it.each([
    [SessionEvent_Kind.INTERIM, 3],
    [SessionEvent_Kind.CHANGED, 3],
    [SessionEvent_Kind.DOWN, 2],
  ])('kind %i carries counters with gigawords', (kind, status) => {
    expect(record({ kind })).toMatchObject({
      'Acct-Status-Type': status,
      'Acct-Session-Time': 100,
      'Acct-Input-Octets': 5,
      'Acct-Input-Gigawords': 3,
      'Acct-Output-Octets': 7,
      'Acct-Output-Gigawords': 0,
      'Acct-Input-Packets': 1,
      'Acct-Output-Packets': 9,
      'Causeway-Input-Octets-64': 3n * 2n ** 32n + 5n,
      'Causeway-Output-Octets-64': 7n,
      'Causeway-Input-Packets-64': 2n ** 32n + 1n,
      'Causeway-Output-Packets-64': 9n,
    });
  });

  it('says what is known by family, and nothing where it is not', () => {
    const counters = Counters.fromPartial({ inputPacketsIp4: 5n, inputPacketsIp6: 2n ** 32n + 3n });
    const session = Session.fromPartial({ sessionId: 's1', counters });
    expect(record({ kind: SessionEvent_Kind.INTERIM, session })).toMatchObject({
      'Causeway-IPv4-Input-Packets-64': 5n,
      'Causeway-IPv6-Input-Packets-64': 2n ** 32n + 3n,
      'ERX-IPv6-Acct-Input-Packets': 3,
    });
    const names = Object.keys(record({ kind: SessionEvent_Kind.INTERIM }));
    expect(names.filter((name) => name.includes('IPv'))).toEqual([]);
  });

  it.each([
    [TerminateCause.USER_REQUEST, 1],
    [TerminateCause.SESSION_TIMEOUT, 5],
    [TerminateCause.HOST_REQUEST, 18],
    [TerminateCause.UNSPECIFIED, 9],
  ])('terminate cause %i is %i', (terminateCause, value) => {
    expect(record({ kind: SessionEvent_Kind.DOWN, terminateCause })['Acct-Terminate-Cause']).toBe(value);
  });

  it('is nothing for an event that is not accounted for, and never negative after a clock step', () => {
    const of = (fields: Partial<SessionEvent>) => accountingRecord(event(fields), config, causewayAttributes(), 0);
    expect(of({ kind: SessionEvent_Kind.UNSPECIFIED })).toBeUndefined();
    expect(of({ kind: SessionEvent_Kind.UP, session: undefined })).toBeUndefined();
    expect(named(of({ kind: SessionEvent_Kind.UP }))['Acct-Delay-Time']).toBe(0);
  });
});
