import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { commonConfig, loadConfig } from './config.js';

const schema = z.strictObject({
  ...commonConfig,
  vpp: z.strictObject({ apiSocket: z.string(), windowSize: z.int().positive().default(256) }),
});

describe('loadConfig', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const fileOf = (text: string) => {
    const file = join(folder, `${Math.random()}.yaml`);
    writeFileSync(file, text);
    return file;
  };
  const read = (text: string, env: Record<string, string> = {}) =>
    loadConfig(schema, { argv: ['--config', fileOf(text)], env, prefix: 'PROBE_' });

  it('fills defaults, and the environment wins over the file', () => {
    const config = read('vpp: { apiSocket: /run/a.sock }', {
      PROBE_VPP__API_SOCKET: '/run/b.sock',
      PROBE_VPP__WINDOW_SIZE: '8',
    });
    expect(config.vpp).toEqual({ apiSocket: '/run/b.sock', windowSize: 8 });
    expect(config.grpc).toBe('127.0.0.1:0');
  });

  it('names every mistake at once', () => {
    expect(() => read('vpp: { windowSize: -1 }\nlogLevl: info\ngrpc: nonsense')).toThrow(
      /grpc: host:port[\s\S]*vpp\.apiSocket[\s\S]*vpp\.windowSize[\s\S]*logLevl/,
    );
  });

  it('is frozen to the bottom', () => {
    const config = read('vpp: { apiSocket: /run/a.sock }');
    expect(() => Object.assign(config.vpp, { apiSocket: 'other' })).toThrow(TypeError);
  });

  it('reads the file named by the environment', () => {
    const env = { PROBE_CONFIG: fileOf('vpp: { apiSocket: /run/c.sock }') };
    expect(loadConfig(schema, { argv: [], env, prefix: 'PROBE_' }).vpp.apiSocket).toBe('/run/c.sock');
  });

  it.each([
    ['a broken mapping', 'password: S3CRET\nauth: { secret: S3CRET\ngrpc: x\n', /:3:1: deficient indentation$/],
    ['an alias of nothing', 'password: *S3CRET\n', /:1:\d+: unidentified alias \.\.\.$/],
    ['an unknown tag', 'password: !S3CRET x\n', /:1:\d+: unknown [a-z ]*tag \.\.\.$/],
    ['a key twice', 'S3CRET: 1\nS3CRET: 2\n', /:2:\d+: duplicated mapping key/],
    ['a list', '- S3CRET\n', /a mapping is expected$/],
  ])('says where %s stands, and quotes nothing of it', (_name, text, message) => {
    const failure = (() => {
      try {
        return read(text);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toMatchObject({ code: 'invalid_argument', message: expect.stringMatching(message) });
    expect(inspect(failure, { depth: 9 })).not.toContain('S3CRET');
  });

  it.each([
    [
      'a broken variable',
      () => read('# nothing\n', { PROBE_VPP__API_SOCKET: '{ S3CRET' }),
      /^PROBE_VPP__API_SOCKET:1:\d+: [a-z ]+$/,
    ],
    [
      'a file that is not there',
      () => loadConfig(schema, { argv: ['--config', '/nonexistent/x.yaml'], env: {}, prefix: 'PROBE_' }),
      /nonexistent\/x.yaml cannot be read: .*ENOENT/,
    ],
    [
      'a file named without --config',
      () => loadConfig(schema, { argv: ['/etc/x.yaml'], env: {}, prefix: 'PROBE_' }),
      /Unexpected argument/,
    ],
  ])('names %s', (_name, load, message) => {
    expect(load).toThrow(message);
  });
});
