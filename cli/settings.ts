import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { z } from 'zod';
import { hostPort, type TlsFiles, tlsFiles } from '#lib/kernel/config.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Io } from './io.js';
import { UsageError } from './usage-error.js';

/** The services bngctl talks to, in the order `status` shows them, with their usual address. */
export const SERVICES = {
  configd: '127.0.0.1:7001',
  'subs-manager': '127.0.0.1:7002',
  aaa: '127.0.0.1:7003',
  'qos-compiler': '127.0.0.1:7004',
  exporter: '127.0.0.1:7005',
} as const;
export type ServiceName = keyof typeof SERVICES;
export const SERVICE_NAMES = Object.keys(SERVICES) as ServiceName[];

/** Where the services are and how to speak to them. */
export interface Settings {
  endpoints: Readonly<Record<ServiceName, string>>;
  tls: TlsFiles | undefined;
}

const fileSchema = z.strictObject({
  endpoints: z.partialRecord(z.enum(SERVICE_NAMES), hostPort).default({}),
  tls: tlsFiles.optional(),
});

/** `BNGCTL_SUBS_MANAGER` for `subs-manager`. */
export const environmentName = (service: ServiceName) => `BNGCTL_${service.toUpperCase().replaceAll('-', '_')}`;

/**
 * Addresses of the services: flag, then BNGCTL_*, then the file, then the usual address.
 * The file is `BNGCTL_CONFIG` or `~/.config/causeway/bngctl.yaml`; only the latter may be missing.
 */
export function readSettings(flags: Partial<Record<ServiceName, string>>, io: Pick<Io, 'env' | 'home'>): Settings {
  const file = readFile(io);
  const address = (service: ServiceName) => {
    const given = flags[service] ?? io.env[environmentName(service)] ?? file.endpoints[service] ?? SERVICES[service];
    if (!hostPort.safeParse(given).success) throw new UsageError(`${service}: "${given}" is not host:port`);
    return given;
  };
  const endpoints = Object.fromEntries(SERVICE_NAMES.map((service) => [service, address(service)]));
  return { endpoints: endpoints as Record<ServiceName, string>, tls: file.tls };
}

function readFile({ env, home }: Pick<Io, 'env' | 'home'>): z.output<typeof fileSchema> {
  const path = env.BNGCTL_CONFIG ?? join(home, '.config', 'causeway', 'bngctl.yaml');
  const content = contentOf(path, env.BNGCTL_CONFIG === undefined);
  const parsed = fileSchema.safeParse(content ?? {});
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw new UsageError(`${path}: ${mistakes.join('; ')}`);
}

function contentOf(path: string, mayBeMissing: boolean): unknown {
  if (mayBeMissing && !existsSync(path)) return undefined;
  try {
    return load(readFileSync(path, 'utf8'), { filename: path });
  } catch (error) {
    throw new UsageError(`${path}: ${BngError.from(error).message}`);
  }
}
