import { readFileSync } from 'node:fs';

export interface Instruction {
  /** Upper case: FROM, RUN, COPY ... */
  readonly name: string;
  readonly text: string;
}

export interface Stage {
  /** Name after AS; empty for a stage without one. */
  readonly name: string;
  /** Image or earlier stage it starts from. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile in order, with continued lines joined and comments taken out. */
export function readDockerfile(file: string): Stage[] {
  const text = readFileSync(file, 'utf8')
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? [];
    const from = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest);
    if (name.toUpperCase() === 'FROM' && from)
      stages.push({ name: from[2] ?? '', base: from[1] ?? '', instructions: [] });
    else stages.at(-1)?.instructions.push({ name: name.toUpperCase(), text: rest.trim() });
  }
  return stages;
}

/** A stage with all that it inherits from the stages it starts from, first instruction first. */
export function inherited(stages: readonly Stage[], name: string): Instruction[] {
  const stage = stages.find((candidate) => candidate.name === name);
  return stage ? [...inherited(stages, stage.base), ...stage.instructions] : [];
}

/** Text of the last instruction of this name, the one that counts for USER, ENTRYPOINT, CMD, HEALTHCHECK. */
export const last = (instructions: readonly Instruction[], name: string): string =>
  instructions.findLast((instruction) => instruction.name === name)?.text ?? '';

/** Words of an instruction in exec form: `["node", "x.js"]`. Throws for the shell form. */
export const execForm = (text: string): string[] => JSON.parse(text.slice(text.indexOf('['))) as string[];
