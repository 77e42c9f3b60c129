import { renameSync, writeFileSync } from 'node:fs';
import type { Component } from './lifecycle.js';

/** Writes the ports taken as JSON, whole or not at all, once all components before it have started. */
export function portsFile(path: string | undefined, ports: () => Record<string, number>): Component {
  return {
    name: 'ports-file',
    async start() {
      if (!path) return;
      writeFileSync(`${path}.new`, JSON.stringify(ports()));
      renameSync(`${path}.new`, path);
    },
    async stop() {},
  };
}
