import type { LocatedProblem } from '../document/problem.js';
import type { PlanStep } from '../reconcile/plan.js';

const names: Readonly<Record<string, string>> = { 'nat44-ed': 'NAT44-ED', 'nat44-ei': 'NAT44-EI' };
const poolKinds = new Set(['nat44-ed-pool', 'nat44-ei-pool']);

/** What a plan costs those who talk through NAT: VPP forgets their sessions, and each flow begins anew under another port. Pure. */
export function natLosses(steps: readonly PlanStep[]): LocatedProblem[] {
  const going = steps.filter(({ action }) => action === 'remove' || action === 'recreate');
  const plugins = going.filter(({ kind }) => Object.hasOwn(names, kind));
  const whole = plugins.map(({ kind, action }) => {
    const what = action === 'remove' ? 'goes' : 'is made anew';
    return `${names[kind]} ${what}: all its sessions are lost`;
  });
  const alone = going.filter(({ kind }) => !plugins.some((plugin) => kind.startsWith(`${plugin.kind}-`)));
  const pools = alone.filter(({ kind }) => poolKinds.has(kind)).map(({ key }) => nameOf(key));
  const maps = alone.filter(({ kind }) => kind === 'det44-map').map(({ key }) => nameOf(key));
  const messages = [...whole, ...lost('sessions through NAT pools', pools), ...lost('sessions of DET44 maps', maps)];
  return messages.map((message) => ({ message, line: 0, column: 0, path: '' }));
}

const shownNames = 4;
const nameOf = (key: string): string => key.slice(key.indexOf('/') + 1);

function lost(what: string, keys: readonly string[]): string[] {
  if (keys.length === 0) return [];
  const more = keys.length > shownNames ? ` and ${keys.length - shownNames} more` : '';
  return [`${what} are lost: ${keys.slice(0, shownNames).join(', ')}${more}`];
}
