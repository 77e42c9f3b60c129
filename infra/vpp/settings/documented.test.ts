import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { settingsSchema } from './schema.js';

/** `cpu.workers`, `dpdk.devices` ...; the keys of a list's items by their own name. */
function keysOf(schema: z.core.JSONSchema.BaseSchema, path: string[] = []): string[] {
  const properties = Object.entries(schema.properties ?? {}) as [string, z.core.JSONSchema.BaseSchema][];
  return properties.flatMap(([key, child]) => {
    const items = child.items as z.core.JSONSchema.BaseSchema | undefined;
    const inner = [...keysOf(child, [...path, key]), ...(items === undefined ? [] : keysOf(items))];
    return inner.length > 0 ? inner : [[...path, key].join('.')];
  });
}

it('docs/vpp.md names every setting', () => {
  const page = readFileSync('docs/vpp.md', 'utf8');
  const keys = keysOf(z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' }));
  expect(keys.length).toBeGreaterThan(30);
  expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
});
