import { describe, expect, it } from '@jest/globals';
import { AccessIdentity } from '#gen/bng/v1/aaa.js';
import { systemClock } from '#lib/kernel/clock.js';
import { newSession, type Session } from '../session/session.js';
import { SessionIds } from '../session/session-id.js';
import { SessionIndex } from '../session/session-index.js';
import { Finder } from './find.js';

const ids = new SessionIds(systemClock);

interface Person {
  mac: string;
  line: string;
  userName?: string;
  ipv4?: string;
  ip6?: Partial<Session['ip6']>;
  routes?: string[];
  circuitId?: Buffer;
  active?: boolean;
}

function indexOf(people: readonly Person[]): { index: SessionIndex; sessions: Session[] } {
  const index = new SessionIndex();
  const sessions = people.map(({ mac, line, userName = '', ipv4 = '', ip6 = {}, routes = [], ...person }) => {
    const { circuitId = Buffer.alloc(0), active = true } = person;
    const identity = AccessIdentity.fromPartial({ mac, line: { name: line }, circuitId, hostName: 'Cpe' });
    const session = newSession(ids.next(), { identity, place: line, addressKey: line, group: 'g' }, 0);
    Object.assign(session, { userName, ipv4 });
    Object.assign(session.ip6, ip6);
    session.granted.ipv6.routes = routes;
    index.add(session);
    if (active) for (const step of ['accept', 'activate'] as const) index.move(session, step);
    return session;
  });
  return { index, sessions };
}

const people: Person[] = [
  { mac: 'aa:bb:cc:00:00:01', line: 'access.100.7', userName: 'alice', ipv4: '100.64.3.9' },
  {
    mac: 'aa:bb:cc:00:00:02',
    line: 'access.100.70',
    userName: 'Alice.Smith@isp',
    ipv4: '100.64.3.10',
    ip6: { address: '2001:db8:4::a', delegated: '2001:db8:4:100::/56', linkLocal: 'fe80::1' },
    routes: ['2001:db8:f000::/48'],
  },
  {
    mac: '02:00:5e:00:00:03',
    line: 'access.200',
    userName: 'malice',
    ipv4: '100.64.30.1',
    ip6: { framed: '2001:db8:40:7::/64' },
    circuitId: Buffer.from('olt-1 0/3/7'),
  },
  { mac: '02:00:5e:00:00:04', line: 'access.200', circuitId: Buffer.from([0, 0xff]), active: false },
];
const { index, sessions } = indexOf(people);
const finder = new Finder(index);

/** Numbers of the sessions found, with what the text was found in. */
const numbers = async (text: string, limit = 20) => {
  const { found, total } = await finder.find(text, limit);
  return { total, found: found.map(({ session, keys }) => [sessions.indexOf(session) + 1, ...keys]) };
};

/** The first session, and how often its host name, one of its texts, was read. */
function watched([session]: readonly Session[]): { session: Session; reads: () => number } {
  if (session === undefined) throw new Error('no session');
  let reads = 0;
  const hostName = () => {
    reads++;
    return 'cpe';
  };
  Object.defineProperty(session.identity, 'hostName', { get: hostName });
  return { session, reads: () => reads };
}

describe('find', () => {
  it.each<[string, (string | number)[][]]>([
    [
      'alice',
      [
        [1, 'user_name'],
        [2, 'user_name'],
        [3, 'user_name'],
      ],
    ],
    [
      'ALICE',
      [
        [1, 'user_name'],
        [2, 'user_name'],
        [3, 'user_name'],
      ],
    ],
    [
      'access.100.7',
      [
        [1, 'line'],
        [2, 'line'],
      ],
    ],
    [
      'aa:bb:cc',
      [
        [1, 'mac'],
        [2, 'mac'],
      ],
    ],
    [
      'AA-BB-CC-00-00-0',
      [
        [1, 'mac'],
        [2, 'mac'],
      ],
    ],
    [
      'aabb.cc',
      [
        [1, 'mac'],
        [2, 'mac'],
      ],
    ],
    [':00:03', [[3, 'mac']]],
    ['AABB.CC00.0002', [[2, 'mac']]],
    [
      '100.64.3.',
      [
        [1, 'ipv4'],
        [2, 'ipv4'],
      ],
    ],
    [
      '100.64.3',
      [
        [1, 'ipv4'],
        [2, 'ipv4'],
        [3, 'ipv4'],
      ],
    ],
    ['100.64.3.10', [[2, 'ipv4']]],
    [
      '100.64.0.0/20',
      [
        [1, 'ipv4'],
        [2, 'ipv4'],
      ],
    ],
    ['100.64.30.0-100.64.30.9', [[3, 'ipv4']]],
    ['2001:db8:4:', [[2, 'ipv6', 'delegated_prefix']]],
    ['2001:DB8:0004:0:', [[2, 'ipv6']]],
    [
      '2001:db8:4',
      [
        [2, 'ipv6', 'delegated_prefix'],
        [3, 'framed_prefix'],
      ],
    ],
    ['2001:db8:4::a', [[2, 'ipv6']]],
    ['2001:db8:4:1ff::77', [[2, 'delegated_prefix']]],
    ['2001:db8:f000:1::/64', [[2, 'route']]],
    ['2001:db8:40::/44', [[3, 'framed_prefix']]],
    ['fe80::1', [[2, 'link_local']]],
    ['0/3/7', [[3, 'circuit_id']]],
    ['0x00f', [[4, 'circuit_id']]],
    [
      'cpe',
      [
        [1, 'host_name'],
        [2, 'host_name'],
        [3, 'host_name'],
        [4, 'host_name'],
      ],
    ],
    ['nobody', []],
  ])('%j', async (text, found) => {
    expect(await numbers(text)).toEqual({ total: found.length, found });
  });

  it('a session id, whole and in part', async () => {
    const id = sessions[2]?.id ?? '';
    expect(await numbers(id.toUpperCase())).toEqual({ total: 1, found: [[3, 'session_id']] });
    expect((await numbers(id.slice(8))).found).toEqual([[3, 'session_id']]);
  });

  it('follows names that change', async () => {
    const { index: own, sessions: known } = indexOf([{ mac: '02:00:00:00:00:01', line: 'l.1' }]);
    const other = new Finder(own);
    const session = known[0] as Session;
    expect((await other.find('carol', 9)).total).toBe(0);
    own.rename(session, 'userName', 'carol');
    expect((await other.find('caro', 9)).total).toBe(1);
    own.rename(session, 'userName', 'dave');
    expect((await other.find('caro', 9)).total).toBe(0);
    session.ip6.delegated = '2001:db8:77::/56';
    own.ip6.note(session);
    expect((await other.find('2001:db8:77:', 9)).total).toBe(1);
  });

  it('says how many there are beyond the limit; whole names first, then beginnings', async () => {
    expect(await numbers('malice', 1)).toEqual({ total: 1, found: [[3, 'user_name']] });
    expect(await numbers('alice', 2)).toEqual({
      total: 3,
      found: [
        [1, 'user_name'],
        [2, 'user_name'],
      ],
    });
    const { found } = await finder.find('alice', 9);
    expect(found.map(({ whole }) => whole)).toEqual([true, false, false]);
  });

  it.each(['', ' a ', 'x'.repeat(256)])('refuses %j', async (text) => {
    await expect(finder.find(text, 20)).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  it('takes characters of patterns as they are', async () => {
    for (const text of ['.*', '((', '[a-', '%_', '\\\\', '::::', '////']) expect((await numbers(text)).total).toBe(0);
  });

  it('has nothing left to read of a session once it is prepared, until one of its names changes', async () => {
    const [one] = people;
    const fresh = indexOf(one ? [one] : []);
    const prepared = new Finder(fresh.index);
    const { session, reads } = watched(fresh.sessions);
    await prepared.prepare(new AbortController().signal);
    expect(reads()).toBe(1);
    await prepared.find('nobody', 20);
    expect(reads()).toBe(1);
    session.userName = 'bob';
    expect((await prepared.find('bob', 20)).total).toBe(1);
    expect(reads()).toBeGreaterThan(1);
  });

  it('stops to prepare when it is told to', async () => {
    const fresh = indexOf(people);
    const { reads } = watched(fresh.sessions);
    await new Finder(fresh.index).prepare(AbortSignal.abort());
    expect(reads()).toBe(0);
  });

  it('others get their turn while it looks through many', async () => {
    const many = indexOf(
      Array.from({ length: 5000 }, (_, at) => ({
        mac: `02:00:00:00:${(at >> 8).toString(16)}:${at & 255}`,
        line: `l.${at}`,
      })),
    );
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    const searching = new Finder(many.index).find('nothing like it', 20);
    const turn = () =>
      setImmediate(() => {
        turns++;
      });
    turn();
    expect((await searching).total).toBe(0);
    clearInterval(counting);
    expect(turns).toBeGreaterThan(0);
  });
});
