import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { configSchema } from './config.js';

const server = { name: 'r', host: '192.0.2.1', port: 1812, secret: 's' };
const least = {
  databaseUrl: 'postgres://x',
  subsManager: '127.0.0.1:7002',
  password: 'p',
  auth: { servers: [server] },
  accounting: { servers: [server] },
};
const mistakes = (config: object) => configSchema.safeParse(config).error?.issues.map(({ message }) => message) ?? [];

describe('configuration of aaa', () => {
  it('has defaults that ask for Message-Authenticator, loopback and the documentation number', () => {
    expect(configSchema.parse(least)).toMatchObject({
      userName: '{line}',
      enterpriseNumber: 32473,
      nas: { identifier: 'causeway', portType: 15 },
      coa: { listen: '127.0.0.1:3799', clients: [], timestampWindowS: 300 },
      auth: { transmissions: 3 },
    });
    const client = { name: 'b', prefix: '10.0.0.0/8', secret: 's' };
    const parsed = configSchema.parse({ ...least, coa: { clients: [client] } });
    expect(parsed.coa.clients[0]?.requireMessageAuthenticator).toBe(true);
  });

  it('takes the file that ships with the containers', () => {
    const file = load(readFileSync('infra/docker/config/aaa.yaml', 'utf8'));
    expect(mistakes(file as object)).toEqual([]);
  });

  it.each([
    ['an unknown key', { ...least, radius: 1 }, /radius/],
    ['a server with two secrets', { ...least, auth: { servers: [{ ...server, secretFile: 'f' }] } }, /one of secret/],
    ['a server without a secret', { ...least, auth: { servers: [{ ...server, secret: undefined }] } }, /one of secret/],
    ['no server', { ...least, auth: { servers: [] } }, /.+/],
    ['no password', { ...least, password: undefined }, /one of password/],
    ['two database URLs', { ...least, databaseUrlFile: 'f' }, /one of databaseUrl/],
    ['a user name that is the same for all', { ...least, userName: 'all' }, /no placeholder/],
  ])('refuses %s', (_, config, message) => {
    expect(mistakes(config).join()).toMatch(message);
  });
});
