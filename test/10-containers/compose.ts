import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repositoryRoot } from '../harness/service.js';

export interface ComposeService {
  image: string;
  build?: { context?: string; dockerfile?: string; target?: string };
  user?: string;
  profiles?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  privileged?: boolean;
  security_opt?: string[];
  deploy?: { resources?: { limits?: { cpus?: string; memory?: string; pids?: number } } };
  healthcheck?: { test: string[] };
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  tmpfs?: string[];
  networks?: string[] | Record<string, { ipv4_address?: string } | null>;
  configs?: { source: string; target: string }[];
  secrets?: string[];
  depends_on?: Record<string, { condition: string; required?: boolean }>;
}

export interface Compose {
  services: Record<string, ComposeService>;
  networks: Record<string, unknown>;
  volumes: Record<string, unknown>;
  configs: Record<string, { file: string }>;
  secrets: Record<string, { file: string }>;
}

/** docker-compose.yml with its YAML merges done. */
export const readCompose = (): Compose =>
  parse(readFileSync(join(repositoryRoot, 'docker-compose.yml'), 'utf8'), { merge: true }) as Compose;

export const networkNames = (service: ComposeService): string[] =>
  Array.isArray(service.networks) ? service.networks : Object.keys(service.networks ?? {});
