import { z } from 'zod';
import { shown } from './problem.js';
import { didYouMean } from './suggest.js';

/** Separates the messages of several unknown keys, which zod reports as one issue. */
export const messageBreak = '\n';

/** A mapping with exactly these keys; for each other key the nearest known one is offered. */
export function mapping<S extends z.core.$ZodLooseShape>(shape: S, example = '{ ... }') {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return `a mapping is expected (${example}), not ${shown(issue.input)}`;
      return issue.keys
        .map((key) => `unknown key ${shown(key)}${didYouMean(key, known) || hint(known)}`)
        .join(messageBreak);
    },
  });
}

const hint = (known: readonly string[]): string =>
  known.length > 0 ? `; known here: ${known.join(', ')}` : '; nothing can be set here';

/** A list of `item`. */
export const list = <T extends z.ZodType>(item: T) =>
  z.array(item, { error: (issue) => `a list is expected, not ${shown(issue.input)}` });

/** A mapping from names to `item`. */
export const named = <K extends z.core.$ZodRecordKey, T extends z.ZodType>(key: K, item: T) =>
  z.record(key, item, { error: (issue) => `a mapping from names is expected, not ${shown(issue.input)}` });
