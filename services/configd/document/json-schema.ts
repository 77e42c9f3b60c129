import { z } from 'zod';
import { documentSchema } from './schema.js';

/**
 * JSON Schema (2020-12) of the document as it is written: editors complete keys and mark mistakes by it, and the reference
 * pages are made of it. `x-vpp` says what a key becomes in VPP.
 */
export const documentJsonSchema = (): Record<string, unknown> => ({
  ...z.toJSONSchema(documentSchema, { io: 'input', unrepresentable: 'any', override: addShortForm }),
  title: 'Causeway configuration',
});

interface Described {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}

/** Preprocessing lets a value be written shorter than its schema tells: a VLAN for a list of them, a line for a rule. */
function addShortForm({ zodSchema, jsonSchema }: Described): void {
  const { def } = zodSchema._zod as unknown as { def: { type: string; in?: z.core.$ZodType } };
  if (def.type !== 'pipe' || def.in?._zod.def.type !== 'transform') return;
  const { description, 'x-vpp': inVpp, ...full } = jsonSchema;
  for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
  Object.assign(jsonSchema, {
    anyOf: [{ type: ['string', 'number'] }, full],
    ...(description !== undefined && { description }),
    ...(inVpp !== undefined && { 'x-vpp': inVpp }),
  });
}
