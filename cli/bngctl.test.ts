import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '../test/harness/service.js';

test('a reader that has seen enough ends the command in silence', async () => {
  const program = join(repositoryRoot, 'dist', 'cli', 'bngctl.js');
  const child = spawn(process.execPath, [program, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect({ code, said }).toEqual({ code: 141, said: '' });
}, 60_000);
