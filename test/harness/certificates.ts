import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsFiles } from '#lib/kernel/config.js';

function openssl(...args: string[]): void {
  const result = spawnSync('openssl', args, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`openssl ${args[0]}: ${result.stderr || String(result.error)}`);
}

/** A certificate authority in `folder` that signs for this machine's loopback address. */
export class Authority {
  private readonly key: string;
  private readonly cert: string;

  constructor(
    private readonly folder: string,
    name: string,
  ) {
    this.key = join(folder, `${name}.key`);
    this.cert = join(folder, `${name}.crt`);
    const subject = ['-subj', `/CN=${name}`, '-days', '2'];
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      ...subject,
      '-keyout',
      this.key,
      '-out',
      this.cert,
    );
  }

  /** Certificate and key of one end, which trusts this authority. */
  issue(name: string): Required<TlsFiles> {
    const file = (ending: string) => join(this.folder, `${name}.${ending}`);
    const [key, request, cert, extensions] = ['key', 'csr', 'crt', 'ext'].map(file) as [string, string, string, string];
    writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      key,
      '-out',
      request,
    );
    openssl(
      'x509',
      '-req',
      '-in',
      request,
      '-CA',
      this.cert,
      '-CAkey',
      this.key,
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      extensions,
      '-out',
      cert,
    );
    return { cert, key, ca: this.cert };
  }
}
