import { z } from 'zod';
import type { AccessIdentity } from '#gen/bng/v1/aaa.js';
import { readable } from '#lib/net/readable.js';

const fields: Readonly<Record<string, (identity: AccessIdentity) => string>> = {
  line: ({ line }) => line?.name ?? '',
  interface: ({ line }) => line?.parent ?? '',
  outerVlan: ({ line }) => String(line?.outerVlan ?? 0),
  innerVlan: ({ line }) => String(line?.innerVlan ?? 0),
  vrf: ({ line }) => line?.vrf ?? '',
  mac: ({ mac }) => mac,
  macPlain: ({ mac }) => mac.replaceAll(':', ''),
  circuitId: ({ circuitId }) => readable(circuitId),
  remoteId: ({ remoteId }) => readable(remoteId),
  hostName: ({ hostName }) => hostName,
};

const placeholder = /\{(\w*)\}/g;

/**
 * A User-Name with placeholders: `{line}` (its name in the configuration), `{interface}`, `{outerVlan}`, `{innerVlan}`,
 * `{vrf}`, `{mac}` (colons), `{macPlain}`, `{circuitId}`, `{remoteId}`, `{hostName}`.
 */
export const userNameTemplate = z.string().superRefine((template, context) => {
  const names = [...template.matchAll(placeholder)].map(([, name]) => name ?? '');
  for (const name of names) {
    if (!Object.hasOwn(fields, name)) {
      context.addIssue({ code: 'custom', message: `unknown {${name}}; known: ${Object.keys(fields).join(', ')}` });
    }
  }
  if (names.length === 0)
    context.addIssue({ code: 'custom', message: 'no placeholder: every line would be the same user' });
});

/** Fills a template of {@link userNameTemplate}. What the access network does not tell becomes empty. */
export function userName(template: string, identity: AccessIdentity): string {
  return template.replace(placeholder, (_, name: string) => fields[name]?.(identity) ?? '');
}
