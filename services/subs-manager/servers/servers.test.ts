import { expect, it } from '@jest/globals';
import { Servers } from './servers.js';

let nowMs = 0;
const rules = { servers: ['192.0.2.1:67', '192.0.2.2:67', '192.0.2.3:67'], deadAfter: 2, deadTimeS: 10 };
const fresh = () => {
  nowMs = 0;
  return new Servers([rules, { ...rules, servers: ['192.0.2.1:67'] }], { monotonicMs: () => nowMs });
};
const inTurn = (servers: Servers, preferred?: string) =>
  [...servers.inTurn(rules, preferred)].map(({ name }) => name.at(-4));
const server = (n: number) => ({ name: `192.0.2.${n}:67`, address: `192.0.2.${n}`, port: 67 });

it('asks them in their order, the one that gave the lease before the others', () => {
  const servers = fresh();
  expect(inTurn(servers)).toEqual(['1', '2', '3']);
  expect(inTurn(servers, '192.0.2.3:67')).toEqual(['3', '1', '2']);
});

it('leaves one alone that was silent too often, for its dead time; one message then tries it', () => {
  const servers = fresh();
  expect(servers.silent(server(1), rules)).toBe(false);
  expect(inTurn(servers)).toEqual(['1', '2', '3']);
  expect(servers.silent(server(1), rules)).toBe(true);
  expect(inTurn(servers, '192.0.2.1:67')).toEqual(['2', '3']);
  nowMs = 10_000;
  expect(inTurn(servers)).toEqual(['1', '2', '3']);
  expect(inTurn(servers)).toEqual(['2', '3']);
  expect(servers.silent(server(1), rules)).toBe(false);
  expect(inTurn(servers)).toEqual(['2', '3']);
  nowMs = 20_000;
  expect(inTurn(servers)).toEqual(['1', '2', '3']);
  expect(servers.answered(server(1))).toBe(true);
  expect(inTurn(servers)).toEqual(['1', '2', '3']);
  expect(servers.health()[0]).toEqual({ name: '192.0.2.1:67', alive: true });
});

it('comes to know one that only a line names', () => {
  const servers = fresh();
  const named = { ...rules, servers: ['[2001:db8:0::9]:547'] };
  expect(servers.at('2001:db8::9', 547)).toBeUndefined();
  expect([...servers.inTurn(named)]).toEqual([{ name: '[2001:db8:0::9]:547', address: '2001:db8::9', port: 547 }]);
  expect(servers.at('2001:db8::9', 547)?.name).toBe('[2001:db8:0::9]:547');
});

it('forgets silences at an answer', () => {
  const servers = fresh();
  servers.silent(server(1), rules);
  expect(servers.answered(server(1))).toBe(false);
  expect(servers.silent(server(1), rules)).toBe(false);
});

it('asks dead ones when there are no others', () => {
  const servers = fresh();
  for (const n of [1, 2, 3]) for (const _ of [1, 2]) servers.silent(server(n), rules);
  expect(servers.health().some(({ alive }) => alive)).toBe(false);
  expect(inTurn(servers)).toEqual(['1', '2', '3']);
});

it('knows a server by its address, whichever port it answers from', () => {
  const servers = fresh();
  expect(servers.at('192.0.2.2', 67)?.name).toBe('192.0.2.2:67');
  expect(servers.at('192.0.2.2', 4011)?.name).toBe('192.0.2.2:67');
  expect(servers.at('192.0.2.9', 67)).toBeUndefined();
});
