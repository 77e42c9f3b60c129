import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type AnyKind, resource } from '../reconcile/resource.js';
import { Redactor, secret } from './redact.js';

const nothing = async () => {};
const kind = (name: string, schema: z.ZodType): AnyKind =>
  resource({ kind: name, schema, key: () => `${name}/x`, needs: () => [], create: nothing, remove: nothing });

const redactor = new Redactor([
  kind('open', z.strictObject({ password: z.string() })),
  kind(
    'peer',
    z.strictObject({
      name: z.string(),
      key: z.string().meta(secret),
      auth: z.strictObject({ word: z.string().meta(secret).optional(), user: z.string() }).optional(),
    }),
  ),
]);
const peer = (key: string, word?: string) => ({
  name: 'n',
  key,
  auth: { user: 'u', ...(word !== undefined && { word }) },
});

describe('secrets of a step', () => {
  it.each([
    ['made', undefined, peer('k1', 'w1'), undefined, peer('(secret)', '(secret)')],
    ['removed', peer('k1'), undefined, peer('(secret)'), undefined],
    ['unchanged', peer('k1', 'w1'), peer('k1', 'w1'), peer('(secret)', '(secret)'), peer('(secret)', '(secret)')],
    ['changed', peer('k1'), peer('k2', 'w2'), peer('(secret)'), peer('(another secret)', '(another secret)')],
  ])('%s', (_name, before, after, shownBefore, shownAfter) => {
    const step = redactor.step({ kind: 'peer', before, after });
    expect(step).toEqual({ kind: 'peer', before: shownBefore, after: shownAfter });
    expect(JSON.stringify(step)).not.toMatch(/[kw][12]/);
  });

  it('are known, to be cut elsewhere', () => {
    expect(redactor.secretsOf({ kind: 'peer', before: peer('k1'), after: peer('k2', 'w2') })).toEqual([
      'k1',
      'k2',
      'w2',
    ]);
  });
});

it('leaves kinds without secrets alone', () => {
  const step = { kind: 'open', after: { password: 'not marked' } };
  expect(redactor.step(step)).toBe(step);
  expect(redactor.secretsOf(step)).toEqual([]);
});
