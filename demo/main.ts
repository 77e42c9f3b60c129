import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * The demo runs in a session of its own, so that Ctrl-C ends it in order instead of everything under it at once. It is told
 * to end by a signal to this process, and ends as well when this process is gone. What is left behind then is ended.
 */
const worker = spawn(process.execPath, [fileURLToPath(new URL('run.js', import.meta.url))], {
  detached: true,
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
});

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => worker.kill('SIGTERM'));
worker.once('exit', (code) => {
  try {
    process.kill(-(worker.pid ?? 0), 'SIGKILL');
  } catch {
    // Nothing was left.
  }
  process.exit(code ?? 1);
});
