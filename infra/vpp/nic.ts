#!/usr/bin/env node
import { processOutput } from './command.js';
import { nicCommand } from './nic-command.js';

process.exitCode = nicCommand(process.argv.slice(2), processOutput);
