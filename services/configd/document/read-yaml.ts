import { load, YAMLException } from 'js-yaml';
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { Condensed } from './condense.js';
import type { LocatedProblem, Path } from './problem.js';

/** Longest document in characters. 100,000 ACL rules take about 5 MB. */
export const maxDocumentLength = 16 * 1024 * 1024;
/** Most values after aliases are expanded, and deepest nesting. */
const maxValues = 2_000_000;
const maxDepth = 40;
const tooMany = `the document has more than ${maxValues} values once its aliases are expanded`;
const tooDeep = `the document is nested more than ${maxDepth} levels deep (or contains itself by an alias)`;

export type ReadYaml = { ok: true; value: unknown } | { ok: false; errors: LocatedProblem[] };

const whole = (message: string): ReadYaml => ({ ok: false, errors: [{ message, line: 0, column: 0, path: '' }] });

/** Text to plain values (YAML 1.2 core). Never throws; all syntax errors with their places. */
export function readYaml(text: string): ReadYaml {
  if (text.length > maxDocumentLength)
    return whole(`the document has ${text.length} characters; at most ${maxDocumentLength} are read`);
  if (text.trim() === '') return whole('the document is empty; to remove everything write "interfaces: {}"');
  try {
    const value = loadCondensed(text) ?? load(text, { maxDepth });
    const excess = findExcess(value);
    return excess ? whole(excess) : { ok: true, value };
  } catch (error) {
    return { ok: false, errors: syntaxErrors(text, error) };
  }
}

/** The value of a text with long runs of plain list items; undefined: it has none, or cannot be read so. */
function loadCondensed(text: string): unknown {
  const condensed = Condensed.of(text);
  if (!condensed) return undefined;
  try {
    const value = load(condensed.text, { maxDepth });
    return condensed.expand(value) ? value : undefined;
  } catch {
    // What is wrong is told by reading the whole text.
    return undefined;
  }
}

/** Walks all values once per reference, so that a bomb of aliases is counted at its expanded size and cycles end. */
function findExcess(top: unknown): string | undefined {
  const stack: [value: unknown, depth: number][] = [[top, 0]];
  let values = 1;
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [value, depth] = next;
    if (depth > maxDepth) return tooDeep;
    if (values > maxValues) return tooMany;
    if (typeof value !== 'object' || value === null) continue;
    const children = Array.isArray(value) ? value : Object.values(value);
    values += children.length;
    for (const child of children) if (typeof child === 'object' && child !== null) stack.push([child, depth + 1]);
  }
  return values > maxValues ? tooMany : undefined;
}

function syntaxErrors(text: string, thrown: unknown): LocatedProblem[] {
  const reason = thrown instanceof YAMLException ? thrown.reason : String(thrown);
  if (/maxDepth|call stack/.test(reason)) return [{ message: tooDeep, line: 0, column: 0, path: '' }];
  const errors = positioned(text);
  if (errors.length > 0 || !(thrown instanceof YAMLException)) return errors;
  const mark = thrown.mark;
  return [{ message: reason, line: mark ? mark.line + 1 : 0, column: mark ? mark.column + 1 : 0, path: '' }];
}

/** All syntax errors as the slower reader sees them; it may be content where the first one was not. */
function positioned(text: string): LocatedProblem[] {
  const errors: LocatedProblem[] = [];
  try {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    for (const error of document.errors.slice(0, 50)) {
      const { line, col } = lines.linePos(error.pos[0]);
      errors.push({ message: advised(error.code, error.message), line, column: col, path: '' });
    }
  } catch {
    // Nested too deeply for the second reader; the first one's error stands.
  }
  return errors;
}

function advised(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'this key stands twice in its mapping; keep one of them';
  if (code === 'TAB_AS_INDENT') return 'tabs cannot indent YAML; use spaces';
  if (code === 'MULTIPLE_DOCS') return 'only one YAML document is expected; remove "---" and what follows';
  return message;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** Finds lines and columns of paths in a text that `readYaml` accepted. Parses the text again: for failures only. */
export function locator(text: string): (path: Path, atKey: boolean) => Place {
  const condensed = parseCondensed(text);
  const lines = new LineCounter();
  const { contents } = condensed?.document ?? parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (condensed)
    for (let line = 0; ; ) {
      lines.addNewLine(line);
      line = text.indexOf('\n', line) + 1;
      if (line === 0) break;
    }
  return (path, atKey) => {
    const offset = offsetOf(contents, path, atKey, condensed?.text);
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
}

/** A text whose long runs of list items were taken out; undefined: there are none, or it must be parsed whole. */
function parseCondensed(text: string) {
  const condensed = Condensed.of(text);
  if (!condensed) return undefined;
  const document = parseDocument(condensed.text, { prettyErrors: false });
  const items: unknown[] = [];
  visit(document, { Seq: (_key, { items: own }) => void items.push(...own.map(scalarOf)) });
  return document.errors.length === 0 && condensed.isPlaced(items) ? { document, text: condensed } : undefined;
}

const scalarOf = (node: unknown): unknown => (isScalar(node) ? node.value : undefined);

/** Offset of the value at `path`, or of the deepest ancestor that exists (an alias ends the walk). */
function offsetOf(top: Node | null, path: Path, atKey: boolean, condensed?: Condensed): number {
  const whole = (offset: number) => condensed?.wholeOffset(offset) ?? offset;
  let node: unknown = top;
  let offset = top?.range?.[0] ?? 0;
  for (const [index, step] of path.entries()) {
    const found = condensed && isSeq(node) ? condensed.find(node.items.map(scalarOf), Number(step)) : undefined;
    if (found && 'offset' in found) return found.offset;
    const child = childOf(node, found?.index ?? step);
    if (!child) return whole(offset);
    const wantsKey = (atKey && index === path.length - 1) || child.value === undefined;
    offset = (wantsKey ? child.key : child.value) ?? offset;
    node = child.node;
  }
  return whole(offset);
}

function childOf(node: unknown, step: string | number): { node: unknown; key?: number; value?: number } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return item === undefined ? undefined : { node: item, ...offsetIn('value', item) };
  }
  if (!isMap(node)) return undefined;
  for (const pair of node.items) {
    if (!isPair(pair) || !isScalar(pair.key) || String(pair.key.value) !== String(step)) continue;
    return { node: pair.value, ...offsetIn('key', pair.key), ...offsetIn('value', pair.value) };
  }
  return undefined;
}

function offsetIn(name: 'key' | 'value', node: unknown): { [name]?: number } {
  const range = (node as Node | null)?.range;
  return range ? { [name]: range[0] } : {};
}
