import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';

export interface Reach {
  /** Compiled files, relative to the folder of package.json. */
  readonly files: ReadonlySet<string>;
  /** npm packages imported by them. */
  readonly packages: ReadonlySet<string>;
}

const specifiers = (source: string): string[] =>
  [
    ...source.matchAll(
      /^(?:import|export)\s(?:[\w$*{},\s]*\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm,
    ),
  ].map((match) => match[1] ?? match[2] ?? '');

const packageName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** Everything a compiled module imports, directly or through others. Throws when a file is not there. */
export function reachableFrom(root: string, entry: string): Reach {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const specifier of specifiers(readFileSync(join(root, file), 'utf8'))) {
      if (specifier.startsWith('node:') || builtinModules.includes(specifier)) continue;
      if (specifier.startsWith('.')) visit(normalize(join(dirname(file), specifier)));
      else if (specifier.startsWith('#')) visit(join('dist', specifier.slice(1)));
      else packages.add(packageName(specifier));
    }
  };
  visit(entry);
  return { files, packages };
}
