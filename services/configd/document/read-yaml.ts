import { load, YAMLException } from 'js-yaml';
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { LocatedProblem, Path } from './problem.js';

/** Longest document in characters. 100,000 ACL rules take about 5 MB. */
export const maxDocumentLength = 16 * 1024 * 1024;
/** Most values after aliases are expanded, and deepest nesting. */
const maxValues = 2_000_000;
const maxDepth = 40;
const tooDeep = `the document is nested more than ${maxDepth} levels deep (or contains itself by an alias)`;

export type ReadYaml = { ok: true; value: unknown } | { ok: false; errors: LocatedProblem[] };

const whole = (message: string): ReadYaml => ({ ok: false, errors: [{ message, line: 0, column: 0, path: '' }] });

/** Text to plain values (YAML 1.2 core). Never throws; all syntax errors with their places. */
export function readYaml(text: string): ReadYaml {
  if (text.length > maxDocumentLength)
    return whole(`the document has ${text.length} characters; at most ${maxDocumentLength} are read`);
  if (text.trim() === '') return whole('the document is empty; to remove everything write "interfaces: {}"');
  try {
    const value = load(text, { maxDepth });
    const excess = findExcess(value);
    return excess ? whole(excess) : { ok: true, value };
  } catch (error) {
    return { ok: false, errors: syntaxErrors(text, error) };
  }
}

/** Walks all values once per reference, so that a bomb of aliases is counted at its expanded size and cycles end. */
function findExcess(top: unknown): string | undefined {
  const stack: [value: unknown, depth: number][] = [[top, 0]];
  let values = 0;
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [value, depth] = next;
    values++;
    if (depth > maxDepth) return tooDeep;
    if (values > maxValues) return `the document has more than ${maxValues} values once its aliases are expanded`;
    if (typeof value !== 'object' || value === null) continue;
    for (const child of Object.values(value)) stack.push([child, depth + 1]);
  }
  return undefined;
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
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  return (path, atKey) => {
    const offset = offsetOf(document.contents, path, atKey);
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
}

/** Offset of the value at `path`, or of the deepest ancestor that exists (an alias ends the walk). */
function offsetOf(top: Node | null, path: Path, atKey: boolean): number {
  let node: unknown = top;
  let offset = top?.range?.[0] ?? 0;
  for (const [index, step] of path.entries()) {
    const child = childOf(node, step);
    if (!child) return offset;
    const wantsKey = (atKey && index === path.length - 1) || child.value === undefined;
    offset = (wantsKey ? child.key : child.value) ?? offset;
    node = child.node;
  }
  return offset;
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
