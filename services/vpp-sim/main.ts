import { systemClock } from '#lib/kernel/clock.js';
import { processConfig } from '#lib/kernel/config.js';
import { run, StateHolder } from '#lib/kernel/lifecycle.js';
import { createLog } from '#lib/kernel/log.js';
import { createRegistry } from '#lib/kernel/metrics.js';
import { OpsServer } from '#lib/kernel/ops-server.js';
import { portsFile } from '#lib/kernel/ports-file.js';
import { configSchema } from './config.js';
import { Simulator } from './simulator.js';

/** As a shell shows a process that died of SIGSEGV. */
const SEGFAULT_EXIT_CODE = 139;

const config = processConfig(configSchema, 'VPP_SIM_');
const log = createLog('vpp-sim', { level: config.logLevel });
const state = new StateHolder();
const ops = new OpsServer(config.ops, state, createRegistry('vpp-sim'));

const simulator = new Simulator({
  config,
  log,
  clock: systemClock,
  crash(reason) {
    log.fatal({ reason }, 'a real VPP dies here');
    process.exit(SEGFAULT_EXIT_CODE);
  },
  vanish: () => process.kill(process.pid, 'SIGKILL'),
});

await run([...simulator.components, ops, portsFile(config.portsFile, () => ({ ops: ops.port }))], { log, state });
