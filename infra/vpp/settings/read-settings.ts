import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { messageBreak, settingsSchema, type VppSettings } from './schema.js';

type Path = readonly PropertyKey[];
/** `line:column` of the value at a dotted path (`cpu.workers`), or of the nearest mapping around it. */
export type Locate = (field: string) => string;

export type SettingsRead =
  | { readonly ok: true; readonly settings: VppSettings; readonly locate: Locate }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads the YAML of one VPP. Never throws; every mistake is told with line, column and field. */
export function readSettings(text: string): SettingsRead {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  if (document.errors.length > 0)
    return { ok: false, problems: document.errors.map(({ pos, message }) => `${place(pos[0])}: ${message}`) };
  const plain = plainValue(() => document.toJS() ?? {});
  if (!plain.ok) return { ok: false, problems: [plain.message] };
  const top = document.contents;
  const parsed = settingsSchema.safeParse(plain.value, { reportInput: true });
  if (parsed.success) {
    const locate: Locate = (field) => place(offsetOf(top, field.split(/[.[\]]+/).filter(Boolean), false));
    return { ok: true, settings: parsed.data, locate };
  }
  const mistakes = parsed.error.issues.flatMap(mistakesOf);
  return {
    ok: false,
    problems: mistakes
      .map((mistake) => ({ ...mistake, offset: offsetOf(top, mistake.path, mistake.atKey) }))
      .sort((a, b) => a.offset - b.offset)
      .map(({ path, message, offset }) => `${place(offset)}: ${fieldText(path)}${message}`),
  };
}

/** `toJS` throws at a bomb of aliases. */
function plainValue(read: () => unknown): { ok: true; value: unknown } | { ok: false; message: string } {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

interface Mistake {
  readonly path: Path;
  readonly message: string;
  readonly atKey: boolean;
}

function mistakesOf(issue: z.core.$ZodIssue): Mistake[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message, atKey: false }];
  const messages = issue.message.split(messageBreak);
  return issue.keys.map((key, index) => ({
    path: [...issue.path, key],
    message: messages[index] ?? issue.message,
    atKey: true,
  }));
}

function fieldText(path: Path): string {
  const field = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return field === '' ? '' : `${field.slice(1)}: `;
}

/** Offset of the value at `path` (or of its key), or of the deepest value around it that is there. */
function offsetOf(top: Node | null, path: Path, atKey: boolean): number {
  let node: unknown = top;
  let offset = top?.range?.[0] ?? 0;
  for (const [index, step] of path.entries()) {
    const found = childOf(node, step);
    if (!found) return offset;
    const wanted = atKey && index === path.length - 1 ? found.key : found.value;
    offset = wanted?.range?.[0] ?? found.key?.range?.[0] ?? offset;
    node = found.value;
  }
  return offset;
}

function childOf(node: unknown, step: PropertyKey): { key?: Node; value: Node | null } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return item === undefined ? undefined : { value: item as Node };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return pair && { key: pair.key as Node, value: pair.value as Node | null };
}
