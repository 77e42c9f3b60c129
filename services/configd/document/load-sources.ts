import { createHash } from 'node:crypto';
import { dump } from 'js-yaml';
import { checkValue, type LoadedDocument, type LoadOptions, loadDocument } from './load-document.js';
import { type Merged, mergeDocuments } from './merge.js';
import { type LocatedProblem, type Problem, pathText } from './problem.js';
import { locator, maxDocumentLength, readYaml } from './read-yaml.js';

/** A file of a configuration; its name is shown only. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** A configuration of one or many files, as one document. */
export type LoadedSources = LoadedDocument & {
  /** The document that says the same in one text: the file's own, or what the files merge to. */
  readonly yaml: string;
};

const maxFiles = 1000;

/** Reads, merges, types and checks files in their order. Problems name the file. Never throws. */
export function loadSources(files: readonly SourceFile[], options?: LoadOptions): LoadedSources {
  const [only] = files;
  if (only && files.length === 1) return named(loadDocument(only.text, options), only);
  const wrong = misnamed(files);
  if (wrong !== undefined) return refused([problem(wrong)]);
  const read = files.map(({ text }) => readFile(text));
  const errors = read.flatMap((result, i) => (result.ok ? [] : withFile(result.errors, files[i])));
  if (errors.length > 0) return refused(errors);
  return check(files, mergeDocuments(read.map((result) => (result.ok ? result.value : {}))), options);
}

function named(loaded: LoadedDocument, file: SourceFile): LoadedSources {
  const warnings = withFile(loaded.warnings, file);
  if (loaded.ok) return { ...loaded, warnings, yaml: file.text };
  return { ok: false, errors: withFile(loaded.errors, file), warnings, yaml: '' };
}

const withFile = (problems: readonly LocatedProblem[], file: SourceFile | undefined): LocatedProblem[] =>
  problems.map((one) => (file && file.name !== '' ? { ...one, file: file.name } : one));

const refused = (errors: LocatedProblem[], warnings: LocatedProblem[] = []): LoadedSources => ({
  ...{ ok: false, errors, warnings, yaml: '' },
});

const problem = (message: string): LocatedProblem => ({ message, line: 0, column: 0, path: '' });

function misnamed(files: readonly SourceFile[]): string | undefined {
  if (files.length > maxFiles) return `${files.length} files were given; at most ${maxFiles} are read`;
  const length = files.reduce((sum, { text }) => sum + text.length, 0);
  if (length > maxDocumentLength) return `the files have ${length} characters; at most ${maxDocumentLength} are read`;
  const names = new Set<string>();
  for (const { name } of files) {
    if (!/^[^\p{Cc}]{1,255}$/u.test(name)) return 'each file needs a name of at most 255 printable characters';
    if (names.has(name)) return `the file ${name} was given twice`;
    names.add(name);
  }
  return files.length === 0 ? 'no file was given' : undefined;
}

/** An overlay may be empty, or have comments only. */
function readFile(text: string): ReturnType<typeof readYaml> {
  if (text.split('\n').every((line) => /^\s*(#.*)?$/.test(line))) return { ok: true, value: {} };
  const read = readYaml(text);
  if (!read.ok || read.value === null) return read.ok ? { ok: true, value: {} } : read;
  if (typeof read.value === 'object' && !Array.isArray(read.value)) return read;
  return { ok: false, errors: [{ message: 'a mapping is expected ({ ... })', line: 1, column: 1, path: '' }] };
}

function check(files: readonly SourceFile[], merged: Merged, options?: LoadOptions): LoadedSources {
  const { problems, model } = checkValue(merged.value, options);
  const locate = filesLocator(files, merged);
  const all = (severity: Problem['severity']) => locate(problems.filter((one) => one.severity === severity));
  const warnings = [...locate.here(merged.warnings), ...all('warning')];
  if (!model || problems.some(({ severity }) => severity === 'error')) return refused(all('error'), warnings);
  return { ok: true, model, warnings, yaml: mergedText(files, merged.value) };
}

/** Most problems that are told of one configuration. */
const maxProblems = 200;

function filesLocator(files: readonly SourceFile[], merged: Merged) {
  const locators = new Map<number, ReturnType<typeof locator>>();
  const place = (file: number, { path, atKey, message }: Problem): LocatedProblem => {
    const find = locators.get(file) ?? locator(files[file]?.text ?? '');
    locators.set(file, find);
    return { message, ...find(path, atKey === true), path: pathText(path), file: files[file]?.name ?? '' };
  };
  const order = (a: LocatedProblem, b: LocatedProblem) =>
    fileIndex(files, a) - fileIndex(files, b) || a.line - b.line || a.column - b.column;
  const locate = (problems: readonly Problem[]): LocatedProblem[] => {
    const located = problems.slice(0, maxProblems).map((one) => {
      const { file, path } = merged.origin(one.path);
      return place(file, { ...one, path });
    });
    const more = problems.length - located.length;
    return [...located.sort(order), ...(more > 0 ? [problem(`and ${more} more`)] : [])];
  };
  return Object.assign(locate, {
    /** Problems whose paths are those of their file. */
    here: (problems: Merged['warnings']) => problems.map((one) => place(one.file, one)),
  });
}

const fileIndex = (files: readonly SourceFile[], { file }: LocatedProblem): number =>
  files.findIndex(({ name }) => name === file);

/** One document that says what the files say. Its heading changes when anything in them does, comments too. */
function mergedText(files: readonly SourceFile[], value: unknown): string {
  const digest = createHash('sha256').update(JSON.stringify(files.map(({ name, text }) => [name, text])));
  const names = files.map(({ name }) => `#   ${name}\n`).join('');
  return `# Merged from these files, digest ${digest.digest('hex').slice(0, 16)}:\n${names}${dump(value, { lineWidth: 120, noRefs: true })}`;
}
