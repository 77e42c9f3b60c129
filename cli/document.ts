import { join } from 'node:path';
import { type ConfigError, type ConfigFile, StatusRequest } from '#gen/bng/v1/configd.js';
import { BngError } from '#lib/kernel/errors.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import type { CliContext } from './context.js';
import { safe } from './table.js';
import { UsageError } from './usage-error.js';

/** What `-f` named: one file whose name only we know, or several that are sent with their names. */
export interface Sources {
  readonly yaml: string;
  readonly files: ConfigFile[];
  /** The name of the one file; empty when there are several. */
  readonly name: string;
}

/**
 * Files and folders as given, later ones over earlier ones. A folder is its `base.yaml`, then its other YAML files by name, then
 * `nodes/NODE.yaml`; the node is `node`, else the one that configd runs on.
 */
export async function readSources(context: CliContext, paths: readonly string[], node?: string): Promise<Sources> {
  const names: string[] = [];
  for (const path of paths) names.push(...(await expand(context, path, node)));
  const files = await Promise.all(names.map(async (name) => ({ name, text: await readText(context, name) })));
  const [only] = files;
  return only && files.length === 1 ? { yaml: only.text, files: [], name: only.name } : { yaml: '', files, name: '' };
}

async function readText({ io }: CliContext, file: string): Promise<string> {
  try {
    return await io.read(file);
  } catch (error) {
    throw new UsageError(`${file}: ${BngError.from(error).message}`);
  }
}

const isYaml = (name: string) => /^[^.].*\.ya?ml$/.test(name);
const isBase = (name: string) => /^base\.ya?ml$/.test(name);

async function expand(context: CliContext, path: string, node: string | undefined): Promise<string[]> {
  const entries = await context.io.entries(path);
  if (!entries) return [path];
  const documents = entries.filter(isYaml).sort((a, b) => Number(isBase(b)) - Number(isBase(a)));
  const overlay = entries.includes('nodes') ? [await nodeFile(context, join(path, 'nodes'), node)] : [];
  const found = [...documents.map((name) => join(path, name)), ...overlay];
  if (found.length === 0) throw new UsageError(`${path}: no YAML file in this folder`);
  return found;
}

async function nodeFile(context: CliContext, folder: string, given: string | undefined): Promise<string> {
  const node = given ?? (await runningNode(context));
  const nodes = ((await context.io.entries(folder)) ?? []).filter(isYaml);
  const file = nodes.find((name) => name.replace(/\.ya?ml$/, '') === node);
  if (file) return join(folder, file);
  throw new UsageError(
    `${folder}: no file for node "${node}" (${nodes.join(', ') || 'none at all'}); --node names another`,
  );
}

async function runningNode({ clients, timeoutMs }: CliContext): Promise<string> {
  const client = clients.configd();
  const request = StatusRequest.fromPartial({});
  return (await callUnary(client.status.bind(client), request, { timeoutMs: timeoutMs(5_000) })).node;
}

/** Puts the file's name before each `line:column:` of an error, as compilers do. */
export async function withPlace<T>({ name }: Pick<Sources, 'name'>, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (thrown) {
    const error = BngError.from(thrown);
    throw new BngError(error.code, placed(name, error), error.fields, error);
  }
}

/** What the service has to say of the document and applied nevertheless, on standard error, so that output stays clean. */
export function showWarnings(
  { io, paint }: CliContext,
  { name }: Pick<Sources, 'name'>,
  warnings: readonly ConfigError[],
): void {
  for (const { line, column, path, message, file } of warnings) {
    const place = line > 0 ? `${safe(file) || shownName(name)}:${line}:${column}: ` : '';
    io.err(`${place}${paint('yellow', 'warning')}: ${safe(path && `${path}: `)}${safe(message)}\n`);
  }
}

const shownName = (name: string) => (name === '-' ? '(standard input)' : name);

/** Several files were named by the service already. */
function placed(name: string, { message, fields }: BngError): string {
  if (name === '') return message.replaceAll(/^ {2}/gm, '');
  const file = shownName(name);
  const lines = message.split('\n');
  if (lines.some((line) => /^\s*\d+:\d+: /.test(line)))
    return lines.map((line) => line.replace(/^\s*(?=\d+:\d+: )/, `${file}:`)).join('\n');
  return typeof fields.line === 'number' ? `${file}:${fields.line}:${fields.column ?? 1}: ${message}` : message;
}
