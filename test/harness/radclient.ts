import { join } from 'node:path';
import { Child } from './child.js';
import { repositoryRoot } from './service.js';

export interface RadclientAnswer {
  /** CoA-ACK, CoA-NAK, Disconnect-ACK, Disconnect-NAK, or empty when nothing came. */
  code: string;
  /** What radclient printed. */
  output: string;
}

/**
 * Sends one request with FreeRADIUS's own radclient and the product's dictionary.
 * `attributes` as radclient reads them: `Acct-Session-Id = "..."`.
 */
export async function radclient(
  target: { host: string; port: number; secret: string },
  command: 'coa' | 'disconnect',
  attributes: readonly string[],
): Promise<RadclientAnswer> {
  const dictionary = join(repositoryRoot, 'infra', 'freeradius');
  const script = `printf '%s\\n' "$ATTRIBUTES" | radclient -x -r 3 -t 2 -d ${dictionary} "$TARGET" ${command} "$SECRET"`;
  const child = new Child('radclient', 'sh', ['-c', script], {
    env: {
      ...process.env,
      ATTRIBUTES: ['Message-Authenticator = 0x00', ...attributes].join('\n'),
      TARGET: `${target.host}:${target.port}`,
      SECRET: target.secret,
    },
  });
  await child.exited;
  const code = /Received (\S+) Id/.exec(child.output)?.[1] ?? '';
  return { code, output: child.output };
}
