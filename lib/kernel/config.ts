import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { load, YAMLException } from 'js-yaml';
import { z } from 'zod';
import { BngError } from './errors.js';

export interface ConfigSource {
  /** Command line without node and script; only `--config FILE` is known. */
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** Prefix of the environment variables, for example CONFIGD_. */
  prefix: string;
}

type Tree = { [key: string]: unknown };

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Text to a value. A mistake is told by its place alone: the parser's own words quote the text, which may be secret. */
function readYaml(text: string, where: string): unknown {
  try {
    return load(text);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    if (/input is empty/.test(error.reason)) return undefined;
    const place = error.mark ? `:${error.mark.line + 1}:${error.mark.column + 1}` : '';
    throw new BngError('invalid_argument', `${where}${place}: ${error.reason.replace(/[^\w ,;-].*$/s, '...')}`);
  }
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new BngError('invalid_argument', `${file} cannot be read: ${BngError.from(error).message}`);
  }
}

/** `CONFIGD_VPP__SOCKET` sets `vpp.socket`: `__` goes one level down, `_` joins camel case. Values are read as YAML. */
function applyEnvironment(tree: Tree, source: ConfigSource): void {
  for (const [name, text] of Object.entries(source.env)) {
    if (!name.startsWith(source.prefix) || text === undefined) continue;
    const path = name.slice(source.prefix.length).split('__').map(camelCase);
    const last = path.pop();
    if (!last) continue;
    let node = tree;
    for (const key of path) {
      const child = node[key];
      node[key] = isTree(child) ? child : {};
      node = node[key] as Tree;
    }
    node[last] = text === '' ? '' : readYaml(text, name);
  }
}

const camelCase = (name: string) =>
  name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) freeze(child);
  return Object.freeze(value);
}

/**
 * Reads a service's configuration: YAML file (optional), then environment, then the schema with its defaults.
 * Throws one `invalid_argument` that names every mistake. Use `z.strictObject` so that unknown keys are refused.
 */
export function loadConfig<S extends z.ZodType>(schema: S, source: ConfigSource): Readonly<z.output<S>> {
  const { values } = parseArgs({
    args: [...source.argv],
    options: { config: { type: 'string' } },
  });
  const file = values.config ?? source.env[`${source.prefix}CONFIG`];
  const tree: Tree = {};
  if (file) {
    const parsed = readYaml(readFile(file), file) ?? {};
    if (!isTree(parsed)) throw new BngError('invalid_argument', `${file}: a mapping is expected`);
    Object.assign(tree, parsed);
  }
  const { [`${source.prefix}CONFIG`]: _file, ...env } = source.env;
  applyEnvironment(tree, { ...source, env });
  const result = schema.safeParse(tree);
  if (result.success) return freeze(result.data);
  const mistakes = result.error.issues.map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw new BngError('invalid_argument', `configuration refused:\n  ${mistakes.join('\n  ')}`);
}

/** `loadConfig` for a process: what is wrong goes to standard error in plain words, and the exit code is 2. */
export function processConfig<S extends z.ZodType>(schema: S, prefix: string): Readonly<z.output<S>> {
  try {
    return loadConfig(schema, { argv: process.argv.slice(2), env: process.env, prefix });
  } catch (error) {
    process.stderr.write(`${BngError.from(error).message}\n`);
    process.exit(2);
  }
}

/** The content of a secret file without the final newline. */
export const readSecret = (file: string): string => readFile(file).replace(/\r?\n$/, '');

/** `host:port` with the port possibly 0. */
export const hostPort = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'host:port is expected');

/** Certificates of one end; both ends present theirs (mTLS) when `ca` is set. */
export const tlsFiles = z.strictObject({ cert: z.string(), key: z.string(), ca: z.string().optional() });
export type TlsFiles = z.infer<typeof tlsFiles>;

/** Settings each service has alike. */
export const commonConfig = {
  /** gRPC listen address. */
  grpc: hostPort.default('127.0.0.1:0'),
  /** HTTP listen address of /healthz, /readyz and /metrics. */
  ops: hostPort.default('127.0.0.1:0'),
  /** Where the ports taken are written as JSON {grpc, ops, ...}, for harnesses that ask for port 0. */
  portsFile: z.string().optional(),
  tls: tlsFiles.optional(),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
};
