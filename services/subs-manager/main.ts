import { systemClock } from '#lib/kernel/clock.js';
import { processConfig } from '#lib/kernel/config.js';
import { run } from '#lib/kernel/lifecycle.js';
import { createLog } from '#lib/kernel/log.js';
import { createSubsManager } from './app.js';
import { configSchema } from './config.js';

const config = processConfig(configSchema, 'SUBS_MANAGER_');
const log = createLog('subs-manager', { level: config.logLevel });
const lost = new AbortController();
const { components, state } = createSubsManager(config, log, systemClock, () => lost.abort());
await run(components, { log, state, failed: lost.signal });
