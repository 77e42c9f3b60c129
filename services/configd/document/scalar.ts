import { z } from 'zod';
import { shown } from './problem.js';

/** What a reader of one scalar returns. */
export type Read<T> = { ok: true; value: T } | { ok: false; message: string };

export const refuse = (message: string): { ok: false; message: string } => ({ ok: false, message });
export const accept = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });

/** A scalar that is written as text (or a number) and read into `T`; the reader says what would be right. */
export function scalar<T>(read: (text: string) => Read<T>, expected: string) {
  return z
    .union([z.string(), z.number()], { error: (issue) => `${expected} is expected, not ${shown(issue.input)}` })
    .transform((input, context) => {
      const result = read(String(input));
      if (result.ok) return result.value;
      context.addIssue({ code: 'custom', message: result.message });
      return z.NEVER;
    });
}
