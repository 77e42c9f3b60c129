import type { z } from 'zod';
import type { Plugin } from '#lib/vpp/messages/all.js';
import { checkAddresses } from './checks/addresses.js';
import { checkBonds } from './checks/bonds.js';
import { checkDhcpServers } from './checks/dhcp-servers.js';
import { checkFeatureNames } from './checks/feature-names.js';
import { checkIp6 } from './checks/ip6.js';
import { checkL2 } from './checks/l2.js';
import { checkMacip } from './checks/macip.js';
import { checkMarks } from './checks/marks.js';
import { checkNat } from './checks/nat.js';
import { checkNextHops } from './checks/next-hops.js';
import { checkPbr } from './checks/pbr.js';
import { checkPlugins } from './checks/plugins.js';
import { checkPolicies } from './checks/policies.js';
import { checkCount, checkPorts } from './checks/ports.js';
import { checkReferences } from './checks/references.js';
import { checkRoutes } from './checks/routes.js';
import { checkTelemetry } from './checks/telemetry.js';
import { checkVrrp } from './checks/vrrp.js';
import { buildModel, type Model } from './model.js';
import { messageBreak } from './object.js';
import { type LocatedProblem, mistake, type Path, type Problem, pathText } from './problem.js';
import { type Pruned, prune } from './prune.js';
import { locator, readYaml } from './read-yaml.js';
import { RuleBook } from './rule-book.js';
import { type ConfigDocument, documentSchema } from './schema.js';
import { typeDocument } from './type-document.js';

/** A document that may be applied, or everything that is wrong with it, in the order of the text. */
export type LoadedDocument =
  | { ok: true; model: Model; warnings: LocatedProblem[] }
  | { ok: false; errors: LocatedProblem[]; warnings: LocatedProblem[] };

export interface LoadOptions {
  /** Absent: every plugin. */
  readonly hasPlugin?: HasPlugin | undefined;
  /** The rules of earlier documents. */
  readonly rules?: RuleBook | undefined;
  /** It was applied already: what was refused for new ones only since then is told as a warning. */
  readonly stored?: boolean | undefined;
}

/** Reads, types and checks a document, and holds it against the plugins of the VPP it is for. Never throws. */
export function loadDocument(text: string, options: LoadOptions = {}): LoadedDocument {
  const yaml = readYaml(text);
  if (!yaml.ok) return { ok: false, errors: yaml.errors, warnings: [] };
  const { problems, model } = checkValue(yaml.value, options);
  if (!model || problems.some(({ severity }) => severity === 'error')) return refused(text, problems);
  return { ok: true, model, warnings: located(text, problems) };
}

/** What is wrong with a document that was read already, and what it means if nothing is. Never throws. */
export function checkValue(
  value: unknown,
  { hasPlugin = anyPlugin, rules = new RuleBook(), stored = false }: LoadOptions = {},
): { problems: Problem[]; model?: Model } {
  const typed = typeDocument(value, rules);
  if (!typed.ok) return { problems: problemsDespite(value, typed.issues, rules) };
  const { problems, model } = checkAll(typed.document, new Set(), rules);
  const told = stored ? problems.map(tolerated) : problems;
  return model ? { problems: [...told, ...checkPlugins(model, hasPlugin)], model } : { problems: told };
}

const tolerated = (problem: Problem): Problem => (problem.newOnly ? { ...problem, severity: 'warning' } : problem);

/** Whether the VPP that a document is for runs a plugin; every one while that is not known. */
export type HasPlugin = (plugin: Plugin) => boolean;
const anyPlugin: HasPlugin = () => true;

/** What is checked of a document with its ranges expanded. */
const modelChecks = [
  ...[checkReferences, checkBonds, checkAddresses, checkNextHops, checkRoutes],
  ...[checkFeatureNames, checkIp6, checkVrrp, checkMarks, checkTelemetry, checkL2, checkPbr, checkNat, checkMacip],
  checkDhcpServers,
];

/** Problems of a document whose single values are right. Without a model when its ranges are too many to expand. */
function checkAll(
  document: ConfigDocument,
  doubtful: ReadonlySet<string>,
  rules: RuleBook,
): { problems: Problem[]; model?: Model } {
  const tooMany = checkCount(document);
  const filters = compileFilters(document, rules);
  const early = [...checkPolicies(document, filters), ...tooMany, ...checkPorts(document)];
  if (tooMany.length > 0) return { problems: early };
  const model = buildModel(document, new Set([...doubtful, ...portsOf(early)]), filters);
  return { problems: [...early, ...modelChecks.flatMap((check) => check(model))], model };
}

const compileFilters = ({ acls }: ConfigDocument, book: RuleBook): Model['filters'] =>
  new Map(Object.entries(acls).map(([name, { rules }]) => [name, book.compile(rules)]));

const portsOf = (problems: readonly Problem[]): string[] =>
  problems.flatMap(({ path }) => (path[0] === 'interfaces' ? [String(path[1])] : []));

function refused(text: string, problems: readonly Problem[]): LoadedDocument {
  const all = (severity: Problem['severity']) =>
    located(
      text,
      problems.filter((problem) => problem.severity === severity),
    );
  return { ok: false, errors: all('error'), warnings: all('warning') };
}

/** Most problems that are told of one document. */
const maxProblems = 200;

function located(text: string, problems: readonly Problem[]): LocatedProblem[] {
  if (problems.length === 0) return [];
  const locate = locator(text);
  const all = problems.slice(0, maxProblems).map((problem) => ({
    message: problem.message,
    ...locate(problem.path, problem.atKey === true),
    path: pathText(problem.path),
  }));
  all.sort((a, b) => a.line - b.line || a.column - b.column);
  const more = problems.length - all.length;
  return more > 0 ? [...all, { message: `and ${more} more`, line: 0, column: 0, path: '' }] : all;
}

/** The mistakes of the schema, and those of the rest that do not follow from them. */
function problemsDespite(value: unknown, issues: readonly z.core.$ZodIssue[], rules: RuleBook): Problem[] {
  const problems = issues.flatMap(problemsOf);
  const rest = parseRest(value, issues);
  if (!rest) return problems;
  const spoilt = new Set(problems.map(({ path }) => entity(path)));
  const further = checkAll(rest.document, new Set(portsOf(problems)), rules).problems.map((problem) => ({
    ...problem,
    path: rest.pruned.original(problem.path),
  }));
  return [...problems, ...further.filter(({ path }) => !spoilt.has(entity(path)))];
}

/** The interface, sub-interface entry, route, ACL ... that a path lies in. */
const entity = (path: Path): string => pathText(path.slice(0, path[2] === 'subInterfaces' ? 4 : 2));

/** Parses what is left when refused values are taken out, and where they were required, what they stood in. */
function parseRest(
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
): { document: ConfigDocument; pruned: Pruned } | undefined {
  let paths = issues.flatMap(refusedPaths);
  for (let attempt = 0; attempt < 6; attempt++) {
    const pruned = prune(value, paths);
    const result = documentSchema.safeParse(pruned.value, { reportInput: true });
    if (result.success) return { document: result.data, pruned };
    const wider = result.error.issues.flatMap(refusedPaths).map((path) => pruned.original(path));
    paths = [...paths, ...wider.map((path) => path.slice(0, -1))];
    if (paths.some((path) => path.length === 0)) return undefined;
  }
  return undefined;
}

const pathOf = (issue: z.core.$ZodIssue): Path =>
  issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));

function refusedPaths(issue: z.core.$ZodIssue): Path[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...pathOf(issue), key]);
  return [pathOf(issue)];
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split(messageBreak);
    return issue.keys.map((key, index) => mistake([...path, key], messages[index] ?? issue.message, true));
  }
  if (issue.code === 'invalid_key') return [mistake(path, issue.issues[0]?.message ?? issue.message, true)];
  if (issue.input === undefined && path.length > 0)
    return [
      mistake(path.slice(0, -1), `"${String(path.at(-1))}" is missing: ${issue.message.replace(/, not nothing$/, '')}`),
    ];
  return [mistake(path, issue.message)];
}
