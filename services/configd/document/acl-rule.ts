import { z } from 'zod';
import { filterRuleSchema } from '#lib/policy/filter-rule.js';
import { mapping } from './object.js';
import { shown } from './problem.js';
import { accept, type Read, refuse } from './scalar.js';

const usage = 'write: permit|deny|reflect PROTOCOL SOURCE [port P] DESTINATION [port P] [established]';

/** The words of a rule, not yet understood. */
interface RuleWords {
  action: string;
  proto: string;
  src: string;
  dst: string;
  srcPorts?: string[];
  dstPorts?: string[];
  established?: boolean;
}

/** Splits `permit tcp any 192.0.2.0/24 port 80-443` into the keys of the mapping; `lib/policy` reads the values. */
export function splitRule(text: string): Read<RuleWords> {
  const words = text.trim().split(/\s+/);
  const takePorts = () => (words[0] === 'port' ? words.splice(0, 2)[1]?.split(',') : undefined);
  const [action, proto, src] = words.splice(0, 3);
  const srcPorts = takePorts();
  const dst = words.shift();
  const dstPorts = takePorts();
  const established = words[0] === 'established' && words.shift() !== undefined;
  if (!action || !proto || !src || !dst) return refuse(`${shown(text)} is not a whole rule; ${usage}`);
  if (words.length > 0) return refuse(`${shown(words.join(' '))} is too much at the end of the rule; ${usage}`);
  return accept({
    action,
    proto,
    src,
    dst,
    ...(srcPorts && { srcPorts }),
    ...(dstPorts && { dstPorts }),
    ...(established && { established }),
  });
}

const { shape } = filterRuleSchema.omit({ action: true });

const actions = filterRuleSchema.shape.action.options;
const isAction = (word: string): word is (typeof actions)[number] => (actions as readonly string[]).includes(word);

const ruleMapping = mapping(
  {
    action: z
      .enum(actions, {
        error: ({ input }) => `${shown(input)} is no action; permit, deny or reflect (permit and let the answers in)`,
      })
      .meta({ description: 'reflect permits, and lets the answers in.' }),
    ...shape,
    name: z
      .string({ error: 'a name is expected' })
      .regex(/^[\p{L}\p{N} ._-]{1,64}$/u, {
        error: 'a name of at most 64 letters, digits, spaces, ".", "_" and "-" is expected',
      })
      .optional()
      .meta({ description: 'What the counters of the rule are called; in the metrics too.' }),
  },
  'action, proto, src, dst, srcPorts, dstPorts ...',
);

export type AclRuleConfig = z.output<typeof ruleMapping>;

/** A rule as one line of text or as a mapping with the same words. What the words mean is checked by `compileFilter`. */
export const aclRule = z.preprocess((input, context) => {
  if (typeof input !== 'string') return input;
  const split = splitRule(input);
  if (split.ok) return split.value;
  context.addIssue({ code: 'custom', message: split.message, input });
  return z.NEVER;
}, ruleMapping);

/**
 * What `aclRule` makes of one line of text, in a tenth of the time; undefined for what it refuses, which is left to the schema to
 * tell.
 */
export function readRuleLine(text: string): AclRuleConfig | undefined {
  const split = splitRule(text);
  if (!split.ok || !isAction(split.value.action)) return undefined;
  return { ...split.value, action: split.value.action };
}
