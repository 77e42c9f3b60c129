import type { PlanStep } from '../reconcile/plan.js';

const names: Readonly<Record<string, string>> = { 'nat44-ed': 'NAT44-ED', 'nat44-ei': 'NAT44-EI' };
const poolKinds = new Set(['nat44-ed-pool', 'nat44-ei-pool']);
const staticKinds = new Set(['nat44-ed-static', 'nat44-ei-static']);

/** What a plan costs those who talk through NAT: VPP forgets their sessions, and each flow begins anew under another port. Pure. */
export function natLosses(steps: readonly PlanStep[]): string[] {
  const going = steps.filter(({ action }) => action === 'remove' || action === 'recreate');
  const plugins = going.filter(({ kind }) => Object.hasOwn(names, kind));
  const whole = plugins.map(({ kind, action }) => {
    const what = action === 'remove' ? 'goes' : 'is made anew';
    return `${names[kind]} ${what}: all its sessions are lost`;
  });
  const alone = going.filter(({ kind }) => !plugins.some((plugin) => kind.startsWith(`${plugin.kind}-`)));
  const goingOf = (isMeant: (kind: string) => boolean) =>
    alone.filter(({ kind }) => isMeant(kind)).map(({ key }) => nameOf(key));
  return [
    ...whole,
    ...lost(
      'sessions through NAT pools',
      goingOf((kind) => poolKinds.has(kind)),
    ),
    ...lost(
      'sessions of static mappings',
      goingOf((kind) => staticKinds.has(kind)),
    ),
    ...lost(
      'sessions of DET44 maps',
      goingOf((kind) => kind === 'det44-map'),
    ),
  ];
}

const shownNames = 4;
const nameOf = (key: string): string => key.slice(key.indexOf('/') + 1);

function lost(what: string, keys: readonly string[]): string[] {
  if (keys.length === 0) return [];
  const more = keys.length > shownNames ? ` and ${keys.length - shownNames} more` : '';
  return [`${what} are lost: ${keys.slice(0, shownNames).join(', ')}${more}`];
}
