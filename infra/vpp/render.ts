#!/usr/bin/env node
import { processOutput } from './command.js';
import { renderCommand } from './render-command.js';

process.exitCode = renderCommand(process.argv.slice(2), processOutput);
