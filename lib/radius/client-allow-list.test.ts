import { describe, expect, it } from '@jest/globals';
import { ClientAllowList } from './client-allow-list.js';

const secret = Buffer.from('s');
const list = new ClientAllowList([
  { name: 'wide', prefix: '10.0.0.0/8', secret },
  { name: 'narrow', prefix: '10.1.2.3', secret },
  { name: 'six', prefix: '2001:db8::/32', secret },
]);

describe('ClientAllowList', () => {
  it.each([
    ['10.1.2.3', 'narrow'],
    ['10.9.9.9', 'wide'],
    ['::ffff:10.9.9.9', 'wide'],
    ['2001:db8::5', 'six'],
    ['192.0.2.1', undefined],
    ['fe80::1%eth0', undefined],
  ])('%s is %s', (address, name) => {
    expect(list.find(address)?.name).toBe(name);
  });

  it('refuses a prefix that is none', () => {
    expect(() => new ClientAllowList([{ name: 'x', prefix: 'ten', secret }])).toThrow();
  });
});
