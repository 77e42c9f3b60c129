#!/usr/bin/env node
import { processIo } from './io.js';
import { runCli } from './program.js';

/** What a program ends with that writes where nobody reads any more: 128 + SIGPIPE. */
const NOBODY_READS = 141;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(NOBODY_READS);
});
process.exitCode = await runCli(process.argv.slice(2), processIo());
