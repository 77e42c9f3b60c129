import { type DiffLine, Impact, type PlanResponse, type PlanStep, PlanStep_Action } from '#gen/bng/v1/configd.js';
import { plural } from './format.js';
import { type Colour, type Paint, safe } from './table.js';

const LOOKS: Readonly<Record<PlanStep_Action, { sign: string; colour: Colour; done: string }>> = {
  [PlanStep_Action.UNSPECIFIED]: { sign: '?', colour: 'dim', done: 'other' },
  [PlanStep_Action.CREATE]: { sign: '+', colour: 'green', done: 'to create' },
  [PlanStep_Action.UPDATE]: { sign: '~', colour: 'yellow', done: 'to change' },
  [PlanStep_Action.RECREATE]: { sign: '±', colour: 'yellow', done: 'to recreate' },
  [PlanStep_Action.REMOVE]: { sign: '-', colour: 'red', done: 'to remove' },
};

/** Steps, and the same in words. */
interface Planned {
  readonly steps: readonly PlanStep[];
  readonly lines: readonly DiffLine[];
}

/** One line for like changes, or with `all` one for each object: `~ policer gold: cir 500M -> 1G`. */
export const planText = ({ steps, lines }: Planned, paint: Paint, all = false): string =>
  (all ? steps : lines)
    .map(({ action, text }) => paint(LOOKS[action].colour, `${LOOKS[action].sign} ${safe(text)}`))
    .join('\n');

/** `2 to create, 1 to remove`. */
export function planSummary(steps: readonly PlanStep[]): string {
  const counts = new Map<string, number>();
  for (const { action } of steps) counts.set(LOOKS[action].done, (counts.get(LOOKS[action].done) ?? 0) + 1);
  return [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
}

/** `3 sessions dropped, 12 touched`. */
export function impactText(impact: Impact | undefined, paint: Paint): string {
  const { dropped, reprogrammed, touched } = impact ?? Impact.fromPartial({});
  const parts = [
    ...(dropped > 0 ? [paint('red', `${plural(dropped, 'session')} dropped`)] : []),
    ...(reprogrammed > 0 ? [paint('yellow', `${plural(reprogrammed, 'session')} reprogrammed`)] : []),
    ...(touched > 0 ? [`${plural(touched, 'session')} touched`] : []),
  ];
  return parts.length === 0 ? 'no sessions affected' : parts.join(', ');
}

/** The requests to VPP, the most frequent first, each with an example. */
export function messagesText({ messages, messagesNote }: PlanResponse, paint: Paint): string {
  const total = messages.reduce((sum, { count }) => sum + count, 0);
  const rows = messages.flatMap(({ name, count, examples }) => [
    `${String(count).padStart(7)}  ${safe(name)}`,
    ...examples.slice(0, 1).map((example) => paint('dim', `         ${safe(example)}`)),
  ]);
  const note = messagesNote === '' ? [] : [paint('yellow', safe(messagesNote))];
  return [`${plural(total, 'message')} to VPP:`, ...rows, ...note].join('\n');
}
