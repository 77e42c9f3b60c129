import { inspect } from 'node:util';
import Table from 'cli-table3';

export type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold';
/** Colours a text, or gives it back as it is where colours are off. */
export type Paint = (colour: Colour, text: string) => string;

export const paint =
  (enabled: boolean): Paint =>
  (colour, text) => {
    const [on, off] = inspect.colors[colour] ?? [0, 0];
    return enabled ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  };

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Text that came from a subscriber or a server, safe to show: control characters must not reach the terminal. */
export const safe = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '?');

/** Aligned columns without borders; the first row is the heading. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[], paintText: Paint): string {
  const grid = new Table({
    chars: BARE,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    head: heading.map((title) => paintText('bold', title)),
  });
  for (const row of rows) grid.push([...row]);
  return trimmed(grid.toString());
}

/** Two columns, `name  value`; rows whose value is empty are left out. */
export function properties(rows: readonly (readonly [string, string])[], paintText: Paint): string {
  const shown = rows.filter(([, value]) => value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${paintText('dim', name.padEnd(width))}  ${value}`).join('\n');
}

const trimmed = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
