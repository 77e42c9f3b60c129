/** Neighbouring items of a list that were taken out of a text. */
interface Run {
  readonly items: readonly string[];
  /** Where the first of their lines began, where the line after the last of them did, and how deep they were indented. */
  readonly start: number;
  readonly end: number;
  readonly indent: number;
}

/** An item of two words or more that is a string, whatever stands around it, and never a mapping. */
const itemLine = / *- [A-Za-z][\w./,:-]*(?: [\w./,:-]+)+\n/y;
const isMapping = (item: string): boolean => item.includes(': ') || item.endsWith(':');

const marker = 'condensed-lines-';
/** Shorter runs are not worth it. */
const leastItems = 500;

function* runsIn(text: string): Generator<Run> {
  for (let at = 0; at < text.length; ) {
    const run = runAt(text, at);
    if (run && run.items.length >= leastItems) yield run;
    at = run ? run.end : text.indexOf('\n', at) + 1 || text.length;
  }
}

/** The lines between the first and the last of those that begin at `at`: those two stay, for they may go on in what is around. */
function runAt(text: string, at: number): Run | undefined {
  const items: string[] = [];
  let [start, end, next, indent] = [at, at, at, -1];
  for (itemLine.lastIndex = next; itemLine.test(text); itemLine.lastIndex = next) {
    const dash = text.indexOf('-', next);
    const item = text.slice(dash + '- '.length, itemLine.lastIndex - 1);
    if (isMapping(item) || (indent >= 0 && dash - next !== indent)) break;
    if (indent < 0) start = itemLine.lastIndex;
    else items.push(item);
    indent = dash - next;
    end = next;
    next = itemLine.lastIndex;
  }
  items.pop();
  return items.length > 0 ? { items, start, end, indent } : undefined;
}

/**
 * A YAML text without its long runs of list items that are words only, the 100,000 rules of an ACL: a line stands for each run, so
 * that no YAML reader needs to look at them. What is read of it is made whole by `expand`, places in it are found by the rest.
 */
export class Condensed {
  readonly text: string;
  /** Where the lines that stand for runs end. */
  private readonly ends: readonly number[];

  private constructor(
    private readonly whole: string,
    private readonly runs: readonly Run[],
  ) {
    let [text, from] = ['', 0];
    const ends: number[] = [];
    for (const [index, { start, end, indent }] of runs.entries()) {
      text += `${whole.slice(from, start)}${' '.repeat(indent)}- ${marker}${index}\n`;
      ends.push(text.length);
      from = end;
    }
    this.text = text + whole.slice(from);
    this.ends = ends;
  }

  /** Undefined: there is nothing to take out. */
  static of(text: string): Condensed | undefined {
    const runs = [...runsIn(text)];
    return runs.length === 0 || text.includes(marker) ? undefined : new Condensed(text, runs);
  }

  /** Puts the items back into what was read, in place. False: not all lines were items of a list, so the text must be read whole. */
  expand(top: unknown): boolean {
    const stack = [top];
    const known = new Set<unknown>();
    let placed = 0;
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (typeof next !== 'object' || next === null || known.has(next)) continue;
      known.add(next);
      for (const child of Object.values(next)) if (typeof child === 'object' && child !== null) stack.push(child);
      if (Array.isArray(next)) placed += this.expandList(next);
    }
    return placed === this.runs.length;
  }

  /** Whether as many items of lists stand for a run as there are runs. */
  isPlaced(items: Iterable<unknown>): boolean {
    let placed = 0;
    for (const item of items) if (this.runOf(item)) placed++;
    return placed === this.runs.length;
  }

  /** Position of an item of the whole list among `items` of the condensed one, or in the whole text when it was taken out. */
  find(items: readonly unknown[], index: number): { index: number } | { offset: number } {
    let left = index;
    for (const [position, item] of items.entries()) {
      const run = this.runOf(item);
      const count = run ? run.items.length : 1;
      if (left < count) return run ? { offset: this.offsetOf(run, left) } : { index: position };
      left -= count;
    }
    return { index: items.length };
  }

  /** Where a place of the condensed text is in the whole one. */
  wholeOffset(offset: number): number {
    const before = this.ends.filter((end) => end <= offset).length;
    const cut = this.ends[before - 1];
    return cut === undefined ? offset : (this.runs[before - 1]?.end ?? 0) + offset - cut;
  }

  private offsetOf({ start, indent }: Run, index: number): number {
    let line = start;
    for (let left = index; left > 0; left--) line = this.whole.indexOf('\n', line) + 1;
    return line + indent + '- '.length;
  }

  private expandList(list: unknown[]): number {
    const runs = list.map((item) => this.runOf(item));
    const found = runs.filter((run) => run !== undefined).length;
    if (found === 0) return 0;
    const items = list.splice(0);
    for (const [index, item] of items.entries()) for (const one of runs[index]?.items ?? [item]) list.push(one);
    return found;
  }

  /** The run that an item of a list stands for. */
  private runOf(item: unknown): Run | undefined {
    if (typeof item !== 'string' || !item.startsWith(marker)) return undefined;
    return this.runs[Number(item.slice(marker.length))];
  }
}
