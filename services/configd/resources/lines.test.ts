import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ChangeListener } from '../reconcile/engine.js';
import { Kinds } from '../reconcile/kinds.js';
import { RecordedState } from '../reconcile/recorded.js';
import type { Resource } from '../reconcile/resource.js';
import { address } from './address.js';
import { allKinds } from './all.js';
import { dhcpServers } from './dhcp-servers.js';
import { hostInterface } from './host-interface.js';
import { interfaceVrf } from './interface-vrf.js';
import { LineBook, type LineChange, type LineSource } from './lines.js';
import { loopback } from './loopback.js';
import { subInterface } from './sub-interface.js';
import { unnumbered } from './unnumbered.js';

const mac = '02:00:00:00:00:01';
const access = hostInterface.of({ name: 'access', device: 'eth0', mac });
const gateway = loopback.of({ name: 'gw', instance: 0, mac: '02:00:00:00:00:02' });
const line = subInterface.of({ parent: access.key, outerVlan: 100, innerVlan: 7 });
const borrow = unnumbered.of({ interface: line.key, donor: gateway.key });
const gatewayAddress = address.of({ interface: gateway.key, prefix: '100.64.0.1/16' });

let recorded: RecordedState;
let listeners: Set<ChangeListener>;
let book: LineBook;
let seen: LineChange[];
let nextIndex: number;

function put(...resources: Resource[]): void {
  for (const one of resources) recorded.set(one, { swIfIndex: nextIndex++ });
  for (const listener of listeners) listener(new Set(resources.map((one) => one.key)));
}

function drop(one: Resource): void {
  recorded.delete(one.key);
  for (const listener of listeners) listener(new Set([one.key]));
}

beforeEach(() => {
  recorded = new RecordedState(new Kinds(allKinds));
  listeners = new Set();
  nextIndex = 1;
  const source: LineSource = {
    recorded,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  put(access, gateway, line, borrow, gatewayAddress);
  book = new LineBook(source);
  seen = [];
  book.subscribe((change) => seen.push(change));
});

const full = {
  name: 'access.100.7',
  swIfIndex: 3,
  parent: 'access',
  outerVlan: 100,
  innerVlan: 7,
  vrf: 'default',
  gateways: ['100.64.0.1'],
  gatewayMac: mac,
  dhcpServers: undefined,
};

describe('a line', () => {
  test('shows its tags, its donor and the MAC of its port; ports and loopbacks are none', () => {
    expect(book.all()).toEqual([full]);
    expect(book.keyOf('access.100.7')).toBe(line.key);
  });

  test('an untagged port that borrows an address is one', () => {
    put(unnumbered.of({ interface: access.key, donor: gateway.key }));
    expect(book.byName('access')).toMatchObject({ parent: 'access', outerVlan: 0, gateways: ['100.64.0.1'] });
  });

  test('its own address comes before the donor’s', () => {
    put(address.of({ interface: line.key, prefix: '192.0.2.1/24' }));
    expect(book.byName('access.100.7')?.gateways).toEqual(['192.0.2.1', '100.64.0.1']);
  });
});

describe('changes', () => {
  test.each<[string, () => void, object]>([
    [
      'an address of the donor',
      () => put(address.of({ interface: gateway.key, prefix: '2001:db8::1/64' })),
      { gateways: ['100.64.0.1', '2001:db8::1'] },
    ],
    ['the donor’s address removed', () => drop(gatewayAddress), { gateways: [] }],
    ['its VRF', () => put(interfaceVrf.of({ interface: line.key, vrf: 'vrf/blue' })), { vrf: 'blue' }],
    [
      'its port’s MAC',
      () => put(hostInterface.of({ name: 'access', device: 'eth0', mac: '02:00:00:00:00:09' })),
      { gatewayMac: '02:00:00:00:00:09' },
    ],
    [
      'the servers of its clients',
      () => put(dhcpServers.of({ interface: line.key, group: 'east', servers: ['10.9.0.2', '2001:db8:9::2'] })),
      { dhcpServers: { group: 'east', servers: ['10.9.0.2', '2001:db8:9::2'] } },
    ],
    ['its index', () => put(line), { swIfIndex: 6 }],
    ['its donor gone', () => drop(borrow), { gateways: [] }],
  ])('%s', (_name, change, shown) => {
    change();
    expect(seen).toEqual([{ kind: 'upsert', line: { ...full, ...shown } }]);
  });

  test('removal', () => {
    drop(line);
    expect(seen).toEqual([{ kind: 'remove', line: full }]);
    expect(book.byName('access.100.7')).toBeUndefined();
  });

  test('what shows on no line is silent', () => {
    put(loopback.of({ name: 'other', instance: 9, mac }));
    expect(seen).toEqual([]);
  });

  test('a restore resets', () => {
    recorded.clear();
    for (const listener of listeners) listener(undefined);
    expect(seen).toEqual([{ kind: 'reset' }]);
    expect(book.all()).toEqual([]);
  });

  test('nothing after close', () => {
    book.close();
    drop(line);
    expect(seen).toEqual([]);
    expect(listeners.size).toBe(0);
  });
});
