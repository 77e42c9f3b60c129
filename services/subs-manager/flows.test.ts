import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuthorizeResponse_Result } from '#gen/bng/v1/aaa.js';
import { Policy } from '#gen/bng/v1/common.js';
import {
  DisconnectSubscriberRequest,
  SessionEvent_Kind as Kind,
  ListSubscribersRequest,
  SessionState,
  TerminateCause,
  UpdateSubscriberRequest,
} from '#gen/bng/v1/subs.js';
import { MESSAGE_TYPE, OPTION } from '#lib/dhcp/options.js';
import { messageType, option, relayAgentOptions } from '#lib/dhcp/packet.js';
import { encodeRelayAgent } from '#lib/dhcp/relay-agent.js';
import { BngError } from '#lib/kernel/errors.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { zeroCounters } from './session/counters.js';
import { gateway } from './testkit/configd.testkit.js';
import { macOf, relayed } from './testkit/relay.testkit.js';
import { Rig, ServiceUnderTest } from './testkit/rig.testkit.js';

/** Each test has its own lines: index 10 + n is line access.100.(n+1). */
let nextLine = 0;
const line = () => {
  const n = nextLine++;
  return { index: 10 + n, name: `access.100.${n + 1}`, mac: macOf(n) };
};

let rig: Rig;
let service: ServiceUnderTest;

const list = (filter: object) =>
  callUnary(service.client.list.bind(service.client), ListSubscribersRequest.fromPartial({ filter }));
const get = (key: string) => service.get(key);
const update = (selector: object, policy: object) =>
  callUnary(service.client.update.bind(service.client), UpdateSubscriberRequest.fromPartial({ selector, policy }));
const disconnect = (selector: object) =>
  callUnary(service.client.disconnect.bind(service.client), DisconnectSubscriberRequest.fromPartial({ selector }));
const _stats = () => service.stats();
const dropsOf = (reason: string) => service.dropsOf(reason);
const eventsOf = (sessionId: string, kind: Kind) =>
  rig.events.of(kind).filter((event) => event.session?.sessionId === sessionId);

beforeAll(async () => {
  rig = await Rig.start(100);
}, 60_000);
afterAll(() => rig.stop());

describe('with the usual settings', () => {
  const usual = {
    pools: [
      { name: 'main', prefix: '100.64.0.0/16', exclude: ['100.64.0.1'] },
      { name: 'blue', prefix: '100.127.0.0/24', vrf: 'blue' },
    ],
    groups: [
      {
        ...{ name: 'homes', pools: ['main'] },
        vrfs: [{ name: 'blue', lender: 'blue-gw', gateway: '100.127.0.1', pools: ['blue'] }],
      },
    ],
    services: [
      { name: 'turbo', priority: 10, downloadBps: 90_000_000 },
      { name: 'walled', priority: 200, aclIn: 'walled' },
      { name: 'marked', uploadDscp: 10 },
    ],
  };
  beforeAll(async () => {
    service = await ServiceUnderTest.start(rig, usual);
  }, 60_000);
  afterAll(() => service.stop());
  beforeEach(() => {
    rig.aaa.answer = () => ({});
  });
  afterEach(() => {
    rig.configd.fault = undefined;
  });

  it('brings a client online: RADIUS once, VPP before the ACK, UP on JetStream', async () => {
    const { index, name, mac } = line();
    const inVppAtAck: boolean[] = [];
    const offer = await rig.relay.ask(index, mac, 'discover');
    expect(messageType(offer)).toBe(MESSAGE_TYPE.offer);
    expect(rig.configd.sessions.size).toBe(0);
    const ack = await rig.relay.ask(index, mac, 'request', { requestedIp: offer.yiaddr, serverId: gateway });
    inVppAtAck.push([...rig.configd.sessions.values()].some(({ ipv4 }) => ipv4 === ack.yiaddr));
    expect(inVppAtAck).toEqual([true]);
    expect(messageType(ack)).toBe(MESSAGE_TYPE.ack);
    expect(option(ack, OPTION.serverIdentifier)).toBe(gateway);
    expect(option(ack, OPTION.routers)).toEqual([gateway]);
    expect(option(ack, OPTION.subnetMask)).toBe('255.255.0.0');
    expect(option(ack, OPTION.leaseTimeS)).toBe(3600);
    expect(rig.aaa.asked.filter(({ identity }) => identity?.mac === mac)).toHaveLength(1);
    const session = await get(name);
    expect(session).toMatchObject({ state: SessionState.ACTIVE, ipv4: ack.yiaddr, userName: name, group: 'homes' });
    const [up] = await waitFor(
      'UP',
      () => eventsOf(session.sessionId, Kind.UP).length > 0 && eventsOf(session.sessionId, Kind.UP),
    );
    expect(up).toMatchObject({ id: `${session.sessionId}-1`, sequence: 1n, session: { ipv4: ack.yiaddr } });
  });

  it('keeps the option 82 of the access node for the identity, and echoes both byte for byte', async () => {
    const { index, mac } = line();
    const accessNode = { code: 82, data: encodeRelayAgent([{ code: 1, data: Buffer.from('dslam-1 port 7') }]) };
    rig.relay.send(relayed({ type: 'discover', mac, xid: 0xabc }, index, [accessNode]));
    const offer = await waitFor('offer', () => rig.relay.replyTo(0xabc));
    const [first, last, ...more] = relayAgentOptions(offer).map(({ data }) => Buffer.from(data).toString('hex'));
    expect(first).toBe(Buffer.from(accessNode.data).toString('hex'));
    expect(last).toBe(`0104${index.toString(16).padStart(8, '0')}050464400001`);
    expect(more).toEqual([]);
    expect(rig.aaa.asked.at(-1)?.identity?.circuitId.toString()).toBe('dslam-1 port 7');
  });

  it('asks RADIUS once however often the client repeats itself', async () => {
    const { index, mac } = line();
    let release = () => {};
    rig.aaa.answer = () =>
      new Promise((resolve) => {
        release = () => resolve({});
      });
    const before = rig.aaa.asked.length;
    const xid = rig.relay.tell(index, mac, 'discover');
    for (const _ of [1, 2, 3]) rig.relay.send(relayed({ type: 'discover', mac, xid }, index));
    await waitFor('repeats', async () => (await dropsOf('coalesced')) >= 3);
    await waitFor('the question', () => rig.aaa.asked.length > before);
    release();
    await waitFor('offer', () => rig.relay.replyTo(xid));
    expect(rig.aaa.asked.length - before).toBe(1);
    expect(rig.relay.replies.filter((reply) => reply.xid === xid)).toHaveLength(1);
  });

  it('extends a lease without RADIUS: renew, INIT-REBOOT, and a reboot with DISCOVER', async () => {
    const { index, name, mac } = line();
    const { ipv4 } = await rig.relay.attach(index, mac);
    const first = await get(name);
    const asked = rig.aaa.asked.length;
    const renewed = await rig.relay.ask(index, mac, 'request', { ciaddr: ipv4 });
    expect([messageType(renewed), renewed.yiaddr]).toEqual([MESSAGE_TYPE.ack, ipv4]);
    const rebooted = await rig.relay.ask(index, mac, 'request', { requestedIp: ipv4 });
    expect([messageType(rebooted), rebooted.yiaddr]).toEqual([MESSAGE_TYPE.ack, ipv4]);
    expect(await rig.relay.attach(index, mac)).toMatchObject({ ipv4 });
    const last = await get(name);
    expect(last.sessionId).toBe(first.sessionId);
    expect(last.leaseExpiresMs).toBeGreaterThan(first.leaseExpiresMs);
    expect(rig.aaa.asked.length).toBe(asked);
  });

  it('says NAK to a client whose address is not known or not its own', async () => {
    const { index, mac } = line();
    const unknown = await rig.relay.ask(index, mac, 'request', { ciaddr: '100.64.200.1' });
    expect(messageType(unknown)).toBe(MESSAGE_TYPE.nak);
    await rig.relay.attach(index, mac);
    const wrong = await rig.relay.ask(index, mac, 'request', { requestedIp: '100.64.200.1' });
    expect(messageType(wrong)).toBe(MESSAGE_TYPE.nak);
  });

  it('takes a released session out of VPP, tells DOWN with its counters, and gives the same address again', async () => {
    const { index, name, mac } = line();
    const { ipv4 } = await rig.relay.attach(index, mac);
    const { sessionId } = await get(name);
    rig.configd.counters.set(sessionId, {
      inputOctets: 100n,
      outputOctets: 7_000_000_000n,
      inputPackets: 1n,
      outputPackets: 5n,
    });
    rig.relay.tell(index, mac, 'release', { ciaddr: ipv4, serverId: gateway });
    const [down] = await waitFor(
      'DOWN',
      () => eventsOf(sessionId, Kind.DOWN).length > 0 && eventsOf(sessionId, Kind.DOWN),
    );
    expect(down).toMatchObject({
      sequence: 2n,
      terminateCause: TerminateCause.USER_REQUEST,
      session: { counters: { inputOctets: 100n, outputOctets: 7_000_000_000n } },
    });
    expect(rig.configd.sessions.has(sessionId)).toBe(false);
    await expect(get(name)).rejects.toMatchObject({ code: 'not_found' });
    expect(await rig.relay.attach(index, mac)).toMatchObject({ ipv4 });
    expect((await get(name)).sessionId).not.toBe(sessionId);
  });

  it('lets a new device take the line over, once RADIUS has accepted it', async () => {
    const { index, name, mac } = line();
    await rig.relay.attach(index, mac);
    const first = await get(name);
    const other = macOf(0x800000 + index);
    rig.aaa.answer = () => ({ result: AuthorizeResponse_Result.REJECT });
    rig.relay.tell(index, macOf(0x900000 + index), 'discover');
    await waitFor('reject', async () => (await list({ line: name, state: SessionState.REJECTED })).total === 1);
    expect((await get(first.sessionId)).state).toBe(SessionState.ACTIVE);
    rig.aaa.answer = () => ({});
    await rig.relay.attach(index, other);
    const [down] = await waitFor(
      'DOWN',
      () => eventsOf(first.sessionId, Kind.DOWN).length > 0 && eventsOf(first.sessionId, Kind.DOWN),
    );
    expect(down?.terminateCause).toBe(TerminateCause.PORT_PREEMPTED);
    expect(await get(other)).toMatchObject({ state: SessionState.ACTIVE });
  });

  it('remembers a reject: silence for DISCOVER, NAK for REQUEST, no second question', async () => {
    const { index, name, mac } = line();
    rig.aaa.answer = () => ({ result: AuthorizeResponse_Result.REJECT, replyMessage: 'unpaid' });
    rig.relay.tell(index, mac, 'discover');
    await waitFor('reject', async () => (await list({ line: name, state: SessionState.REJECTED })).total === 1);
    const asked = rig.aaa.asked.length;
    const held = await dropsOf('rejected_hold');
    const xid = rig.relay.tell(index, mac, 'discover');
    await waitFor('silence', async () => (await dropsOf('rejected_hold')) === held + 1);
    expect(messageType(await rig.relay.ask(index, mac, 'request', { requestedIp: '100.64.0.9' }))).toBe(
      MESSAGE_TYPE.nak,
    );
    expect(rig.relay.replyTo(xid)).toBeUndefined();
    expect(rig.aaa.asked.length).toBe(asked);
    expect(await get(name)).toMatchObject({ reason: 'unpaid' });
    rig.aaa.answer = () => ({});
    await disconnect({ line: name });
    await rig.relay.attach(index, mac);
  });

  it.each([
    ['a RADIUS address', { framedIpv4: '198.51.100.7' }, { ipv4: '198.51.100.7', pool: '' }],
    ['a RADIUS address within a pool', { framedIpv4: '100.64.77.7' }, { ipv4: '100.64.77.7', pool: 'main' }],
  ])('gives %s', async (_name, answer, expected) => {
    const { index, name, mac } = line();
    rig.aaa.answer = () => answer;
    await rig.relay.attach(index, mac);
    expect(await get(name)).toMatchObject(expected);
  });

  it('tells the client the mask that RADIUS gives, after a restart too', async () => {
    const { index, mac } = line();
    rig.aaa.answer = () => ({ framedIpv4: '198.51.100.9', framedNetmask: '255.255.255.248' });
    const { ipv4 } = await rig.relay.attach(index, mac);
    const routes = [
      { destination: `${gateway}/32`, router: '0.0.0.0' },
      { destination: '0.0.0.0/0', router: gateway },
    ];
    const told = async (type: 'request' | 'inform') => {
      const reply = await rig.relay.ask(index, mac, type, { ciaddr: ipv4 });
      expect([ipv4, option(reply, OPTION.subnetMask)]).toEqual(['198.51.100.9', '255.255.255.248']);
      expect(option(reply, OPTION.classlessRoutes)).toEqual(routes);
    };
    await told('request');
    await told('inform');
    await service.stop();
    service = await ServiceUnderTest.start(rig, usual);
    await told('request');
  });

  it.each([
    ['an address of another session', () => ({ framedIpv4: '203.0.113.9' }), 'address_in_use'],
    ['our own gateway', () => ({ framedIpv4: gateway }), 'bad_address'],
    ['an unknown pool', () => ({ framedPool: 'nowhere' }), 'unknown_pool'],
    ['an unknown profile', () => ({ policy: { profile: 'gold' } }), 'bad_policy'],
    ['a rate of 0', () => ({ policy: { downloadBps: 0n } }), 'bad_policy'],
    [
      'no answer',
      () => {
        throw new BngError('unavailable', 'no RADIUS server answers');
      },
      'radius_timeout',
    ],
  ])('refuses %s with its reason', async (_name, answer, reason) => {
    const holder = line();
    rig.aaa.answer = () => ({ framedIpv4: '203.0.113.9' });
    rig.relay.tell(holder.index, holder.mac, 'discover');
    const { index, name, mac } = line();
    await waitFor('holder', async () => (await list({ line: holder.name })).total === 1);
    const before = await dropsOf(reason);
    rig.aaa.answer = answer;
    rig.relay.tell(index, mac, 'discover');
    await waitFor(reason, async () => (await dropsOf(reason)) > before);
    expect((await get(name)).state).toBe(SessionState.REJECTED);
  });

  it('has the prefixes that RADIUS routes to a client in VPP with it, and refuses them to a second one', async () => {
    const { index, name, mac } = line();
    rig.aaa.answer = () => ({ framedRoutes: ['198.51.100.16/28'], ipv6: { routes: ['2001:db8:77::/48'] } });
    const { ipv4 } = await rig.relay.attach(index, mac);
    const { sessionId, routes } = await get(name);
    expect(routes).toEqual(['198.51.100.16/28']);
    expect(rig.configd.sessions.get(sessionId)).toMatchObject({ ipv4, routes });
    const refused = async (answer: object) => {
      const other = line();
      rig.aaa.answer = () => answer;
      rig.relay.tell(other.index, other.mac, 'discover');
      return waitFor('refusal', async () => {
        const [found] = (await list({ line: other.name })).sessions;
        return found?.state === SessionState.REJECTED && found.reason;
      });
    };
    const theirs = `route 198.51.100.24/29 meets what session ${sessionId} has`;
    expect(await refused({ framedRoutes: ['198.51.100.24/29'] })).toBe(theirs);
    expect(await refused({ framedRoutes: ['100.64.8.0/24'] })).toBe('route 100.64.8.0/24 meets pool main');
    const within = `what RADIUS gives lies in a route of session ${sessionId}`;
    expect(await refused({ framedIpv4: '198.51.100.17' })).toBe(within);
    expect(await refused({ ipv6: { delegatedPrefix: '2001:db8:77:100::/56' } })).toBe(within);
    await waitFor('the count', async () => (await dropsOf('route_overlap')) === 4);
    rig.aaa.answer = () => ({ framedRoutes: ['198.51.100.16/28'] });
    await disconnect({ line: name });
    const next = line();
    await rig.relay.attach(next.index, next.mac);
    expect((await get(next.name)).routes).toEqual(['198.51.100.16/28']);
  });

  it('puts a client into the VRF that RADIUS names: addresses, gateway and bundle', async () => {
    const { index, name, mac } = line();
    rig.aaa.answer = () => ({ vrf: 'blue' });
    const offer = await rig.relay.ask(index, mac, 'discover');
    const ack = await rig.relay.ask(index, mac, 'request', { requestedIp: offer.yiaddr, serverId: '100.127.0.1' });
    expect([messageType(ack), option(ack, OPTION.routers)]).toEqual([MESSAGE_TYPE.ack, ['100.127.0.1']]);
    expect([option(ack, OPTION.serverIdentifier), option(ack, OPTION.subnetMask)]).toEqual([
      '100.127.0.1',
      '255.255.255.0',
    ]);
    const { sessionId, vrf, ipv4 } = await get(name);
    expect([vrf, ipv4]).toEqual(['blue', ack.yiaddr]);
    expect(rig.configd.sessions.get(sessionId)?.vrf).toMatchObject({ name: 'blue', lender: 'blue-gw' });
    const other = line();
    rig.aaa.answer = () => ({ vrf: 'red' });
    rig.relay.tell(other.index, other.mac, 'discover');
    await waitFor('refusal', async () => (await dropsOf('wrong_vrf')) === 1);
  });

  it('refuses a DSCP where the group has no core ports', async () => {
    const { index, name, mac } = line();
    rig.aaa.answer = () => ({ policy: { uploadDscp: 10 } });
    rig.relay.tell(index, mac, 'discover');
    await waitFor('refusal', async () => (await list({ line: name })).sessions[0]?.state === SessionState.REJECTED);
    expect((await get(name)).reason).toBe('uploadDscp: group homes has no core ports');
  });

  it('changes a policy in VPP first, then tells CHANGED; a refusal changes nothing', async () => {
    const { index, name, mac } = line();
    rig.aaa.answer = () => ({ policy: { downloadBps: 10_000_000n, uploadBps: 2_000_000n } });
    const { ipv4 } = await rig.relay.attach(index, mac);
    const { sessionId } = await get(name);
    const changed = await update({ ipv4, mac, userName: name }, { downloadBps: 50_000_000n });
    expect(changed.session?.policy).toMatchObject({ downloadBps: 50_000_000n, uploadBps: 2_000_000n });
    expect(rig.configd.sessions.get(sessionId)?.policy).toMatchObject({ downloadBps: 50_000_000n });
    await waitFor('CHANGED', () => eventsOf(sessionId, Kind.CHANGED).length === 1);
    rig.configd.fault = new BngError('dataplane', 'policer refused');
    await expect(update({ sessionId }, { downloadBps: 1_000_000n })).rejects.toMatchObject({ code: 'dataplane' });
    rig.configd.fault = undefined;
    await expect(update({ sessionId }, { downloadBps: 0n })).rejects.toMatchObject({ code: 'invalid_argument' });
    expect((await get(sessionId)).policy).toMatchObject({ downloadBps: 50_000_000n });
    expect(eventsOf(sessionId, Kind.CHANGED)).toHaveLength(1);
  });

  it('switches services on and off: all or nothing, each told as one of its own', async () => {
    const { index, name, mac } = line();
    rig.aaa.answer = () => ({ policy: { downloadBps: 10_000_000n }, services: ['turbo'] });
    await rig.relay.attach(index, mac);
    const { sessionId, services, policy } = await get(name);
    const inVpp = () => rig.configd.sessions.get(sessionId)?.policy;
    const change = (more: object) =>
      callUnary(
        service.client.update.bind(service.client),
        UpdateSubscriberRequest.fromPartial({ selector: { sessionId }, ...more }),
      );
    expect(services).toMatchObject([{ name: 'turbo', acctSessionId: `${sessionId}:turbo:1` }]);
    expect([policy, inVpp()]).toMatchObject([{ downloadBps: 90_000_000n }, { downloadBps: 90_000_000n }]);
    await change({ activate: ['walled'], policy: { downloadBps: 20_000_000n } });
    expect(inVpp()).toMatchObject({ downloadBps: 90_000_000n, aclIn: 'walled' });
    const refusals: [object, string][] = [
      [{ activate: ['nothing'], deactivate: ['walled'] }, 'invalid_argument'],
      [{ activate: ['marked'], deactivate: ['walled'] }, 'invalid_argument'],
    ];
    for (const [more, code] of refusals) await expect(change(more)).rejects.toMatchObject({ code });
    rig.configd.fault = new BngError('dataplane', 'ACL refused');
    await expect(change({ deactivate: ['walled'] })).rejects.toMatchObject({ code: 'dataplane' });
    rig.configd.fault = undefined;
    expect((await get(sessionId)).services.map((one) => one.name)).toEqual(['turbo', 'walled']);
    rig.configd.counters.set(sessionId, { ...zeroCounters(), inputOctets: 5n });
    await change({ activate: ['walled'], deactivate: ['turbo'] });
    expect(inVpp()).toMatchObject({ downloadBps: 20_000_000n, aclIn: 'walled' });
    await disconnect({ sessionId });
    const told = await waitFor('the end', () => {
      const all = rig.events.events.filter((event) => event.session?.sessionId.startsWith(sessionId));
      return all.at(-1)?.kind === Kind.DOWN && all.at(-1)?.service === '' && all;
    });
    expect(told.map(({ id, kind, service: of }) => [id.slice(sessionId.length), Kind[kind], of])).toEqual([
      ['-1', 'UP', ''],
      [':turbo:1-1', 'UP', 'turbo'],
      ['-2', 'CHANGED', ''],
      [':walled:2-1', 'UP', 'walled'],
      ['-3', 'CHANGED', ''],
      [':turbo:1-2', 'DOWN', 'turbo'],
      [':walled:2-2', 'DOWN', 'walled'],
      ['-4', 'DOWN', ''],
    ]);
    expect(told[5]).toMatchObject({
      terminateCause: TerminateCause.NAS_REQUEST,
      session: { counters: { inputOctets: 5n } },
    });
    const { entries } = await callUnary(service.client.why.bind(service.client), { key: sessionId });
    const changes = entries.filter(({ step }) => step === 'changed').map(({ outcome, detail }) => [outcome, detail]);
    expect(changes).toEqual([
      ['ok', '+walled'],
      ['invalid_argument', ': unknown service "nothing"'],
      ['invalid_argument', ': uploadDscp: group homes has no core ports'],
      ['dataplane', ': ACL refused'],
      ['ok', '-turbo'],
    ]);
  });

  it.each([
    ['no key', () => ({}), 'missing_attribute'],
    ['an unknown key', () => ({ userName: 'nobody' }), 'not_found'],
    ['keys of different sessions', (name: string) => ({ line: name, mac: macOf(0) }), 'not_found'],
  ])('refuses a change with %s', async (_name, selector, code) => {
    const { index, name, mac } = line();
    await rig.relay.attach(index, mac);
    await expect(update(selector(name), { downloadBps: 1_000_000n })).rejects.toMatchObject({ code });
  });

  it('disconnects: out of VPP, DOWN, and the next renewal gets NAK', async () => {
    const { index, name, mac } = line();
    const { ipv4 } = await rig.relay.attach(index, mac);
    const { sessionId } = await get(name);
    rig.configd.fault = new BngError('unavailable', 'VPP is away');
    await expect(disconnect({ sessionId })).rejects.toMatchObject({ code: 'unavailable' });
    expect((await get(sessionId)).state).toBe(SessionState.ACTIVE);
    rig.configd.fault = undefined;
    await disconnect({ sessionId });
    expect(rig.configd.sessions.has(sessionId)).toBe(false);
    const [down] = await waitFor(
      'DOWN',
      () => eventsOf(sessionId, Kind.DOWN).length > 0 && eventsOf(sessionId, Kind.DOWN),
    );
    expect(down?.terminateCause).toBe(TerminateCause.ADMIN_RESET);
    expect(messageType(await rig.relay.ask(index, mac, 'request', { ciaddr: ipv4 }))).toBe(MESSAGE_TYPE.nak);
  });

  it('gives no ACK when VPP refuses, keeps the address, and succeeds at the next try', async () => {
    const { index, name, mac } = line();
    const offer = await rig.relay.ask(index, mac, 'discover');
    rig.configd.fault = new BngError('dataplane', 'no such interface');
    const xid = rig.relay.tell(index, mac, 'request', { requestedIp: offer.yiaddr, serverId: gateway });
    await waitFor('refusal', async () => (await get(name)).reason.includes('no such interface'));
    expect(rig.relay.replyTo(xid)).toBeUndefined();
    rig.configd.fault = undefined;
    expect(await rig.relay.attach(index, mac)).toMatchObject({ ipv4: offer.yiaddr });
  });

  it('does not give a declined address again', async () => {
    const { index, name, mac } = line();
    const { ipv4 } = await rig.relay.attach(index, mac);
    rig.relay.tell(index, mac, 'decline', { requestedIp: ipv4, serverId: gateway });
    await waitFor('end', async () => (await list({ line: name })).total === 0);
    expect((await rig.relay.attach(index, mac)).ipv4).not.toBe(ipv4);
  });

  it('follows VPP through a restart: old interface indexes are void', async () => {
    const { index, name, mac } = line();
    const { ipv4 } = await rig.relay.attach(index, mac);
    const before = await dropsOf('unknown_line');
    rig.configd.restartVpp(1010);
    await waitFor('old index void', async () => {
      rig.relay.tell(index, mac, 'request', { ciaddr: ipv4 });
      return (await dropsOf('unknown_line')) > before;
    });
    const renewed = await rig.relay.ask(index + 1000, mac, 'request', { ciaddr: ipv4 });
    expect(messageType(renewed)).toBe(MESSAGE_TYPE.ack);
    expect((await get(name)).ipv4).toBe(ipv4);
    rig.configd.restartVpp(10);
  });

  it('puts sessions back when configd comes back without them, and refuses nobody meanwhile', async () => {
    const { index, name, mac } = line();
    const { ipv4 } = await rig.relay.attach(index, mac);
    const { sessionId } = await get(name);
    rig.configd.stop();
    rig.configd.sessions.clear();
    const newcomer = line();
    await waitFor('no new attachments', async () => {
      rig.relay.tell(newcomer.index, newcomer.mac, 'discover');
      return (await dropsOf('stale_lines')) > 0;
    });
    expect(messageType(await rig.relay.ask(index, mac, 'request', { ciaddr: ipv4 }))).toBe(MESSAGE_TYPE.ack);
    await rig.configd.start();
    await waitFor('put back', () => rig.configd.sessions.has(sessionId));
    await rig.relay.attach(newcomer.index, newcomer.mac);
  });

  it('finds and pages sessions', async () => {
    const all = await list({ state: SessionState.ACTIVE });
    const { sessions, nextPageToken } = await callUnary(
      service.client.list.bind(service.client),
      ListSubscribersRequest.fromPartial({ filter: { state: SessionState.ACTIVE }, pageSize: 3 }),
    );
    const rest = await callUnary(
      service.client.list.bind(service.client),
      ListSubscribersRequest.fromPartial({
        filter: { state: SessionState.ACTIVE },
        pageSize: 1000,
        pageToken: nextPageToken,
      }),
    );
    expect([...sessions, ...rest.sessions].map(({ sessionId }) => sessionId)).toEqual(
      all.sessions.map(({ sessionId }) => sessionId),
    );
    expect((await list({ ipv4: '100.64.0.0/16', line: 'access.100.1' })).total).toBe(1);
    expect((await list({ mac: `${macOf(0).slice(0, 8)}*`, innerVlan: 1 })).total).toBe(1);
    await expect(list({ ipv4: 'nonsense' })).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('with short times', () => {
  beforeAll(async () => {
    rig.aaa.answer = () => ({});
    service = await ServiceUnderTest.start(rig, {
      counterPollS: 1,
      restoreGraceS: 1,
      groups: [{ name: 'homes', pools: ['main'], leaseS: 3600, offerHoldS: 1, rejectHoldS: 1 }],
    });
  }, 60_000);
  afterAll(() => service.stop());

  it('ends a session at its Session-Timeout, with interims before', async () => {
    const { index, name, mac } = line();
    rig.aaa.answer = () => ({ policy: Policy.fromPartial({ sessionTimeoutS: 4, interimIntervalS: 1 }) });
    await rig.relay.attach(index, mac);
    const { sessionId, leaseS } = await get(name);
    expect(leaseS).toBeLessThanOrEqual(4);
    rig.configd.counters.set(sessionId, { inputOctets: 5n, outputOctets: 6n, inputPackets: 1n, outputPackets: 1n });
    const [down] = await waitFor(
      'DOWN',
      () => eventsOf(sessionId, Kind.DOWN).length > 0 && eventsOf(sessionId, Kind.DOWN),
    );
    expect(down).toMatchObject({
      terminateCause: TerminateCause.SESSION_TIMEOUT,
      session: { counters: { inputOctets: 5n, outputOctets: 6n } },
    });
    const interims = eventsOf(sessionId, Kind.INTERIM);
    expect(interims.length).toBeGreaterThan(0);
    const sequences = rig.events.events
      .filter(({ session }) => session?.sessionId === sessionId)
      .map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.map((_, at) => BigInt(at + 1)));
  }, 40_000);

  it('forgets an offer nobody takes and asks RADIUS again after the hold of a reject', async () => {
    const { index, name, mac } = line();
    rig.aaa.answer = () => ({});
    await rig.relay.ask(index, mac, 'discover');
    await waitFor('lapse', async () => (await list({ line: name })).total === 0);
    rig.aaa.answer = () => ({ result: AuthorizeResponse_Result.REJECT });
    await waitFor('reject', async () => {
      rig.relay.tell(index, mac, 'discover');
      return (await list({ line: name, state: SessionState.REJECTED })).total === 1;
    });
    await waitFor('hold is over', async () => (await list({ line: name })).total === 0);
    rig.aaa.answer = () => ({});
    await rig.relay.attach(index, mac);
  }, 40_000);
});
