import type { z } from 'zod';
import { maxAclRules } from '../resources/acl.js';
import type { RuleBook, WrittenList } from './rule-book.js';
import { type ConfigDocument, documentSchema } from './schema.js';

type Typed = { ok: true; document: ConfigDocument } | { ok: false; issues: readonly z.core.$ZodIssue[] };

/**
 * Gives a document its types. Rules of ACLs that are known already, or are lines of text, are read from the book and kept from
 * the schema, which takes most of its time for them; only when something is wrong does it see the document whole.
 */
export function typeDocument(value: unknown, book: RuleBook): Typed {
  const lists = ruleListsOf(value, book);
  if (lists.size === 0) return typeWhole(value);
  const parsed = documentSchema.safeParse(withRules(value as Mapping, lists), { reportInput: true });
  if (!parsed.success) {
    const { issues } = parsed.error;
    return issues.some(isInRules) ? typeWhole(value) : { ok: false, issues };
  }
  for (const [name, list] of lists) {
    const acl = Object.hasOwn(parsed.data.acls, name) ? parsed.data.acls[name] : undefined;
    if (acl) acl.rules = list.close(acl.rules);
  }
  return { ok: true, document: parsed.data };
}

/** Positions in a list are others when some of its rules are left out. */
const isInRules = ({ path }: z.core.$ZodIssue): boolean => path[0] === 'acls' && path[2] === 'rules' && path.length > 3;

function typeWhole(value: unknown): Typed {
  const parsed = documentSchema.safeParse(value, { reportInput: true });
  return parsed.success ? { ok: true, document: parsed.data } : { ok: false, issues: parsed.error.issues };
}

type Mapping = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function ruleListsOf(value: unknown, book: RuleBook): ReadonlyMap<string, WrittenList> {
  book.begin();
  const lists = new Map<string, WrittenList>();
  const acls = isMapping(value) ? value.acls : undefined;
  for (const [name, acl] of Object.entries(isMapping(acls) ? acls : {}))
    if (isMapping(acl) && Array.isArray(acl.rules) && acl.rules.length <= maxAclRules)
      lists.set(name, book.open(acl.rules));
  return lists;
}

/** The document with only those rules that the schema must read. */
function withRules(document: Mapping, lists: ReadonlyMap<string, WrittenList>): Mapping {
  const acls = Object.entries(document.acls as Mapping).map(([name, acl]) => {
    const list = lists.get(name);
    return [name, list ? { ...(acl as Mapping), rules: list.unread } : acl] as const;
  });
  return { ...document, acls: Object.fromEntries(acls) };
}
