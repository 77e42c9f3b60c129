import { randomInt } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Clock } from '#lib/kernel/clock.js';
import type { Component } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import { AccessServer } from './access/access-server.js';
import { Forwarding } from './access/forwarding.js';
import { UdpServiceLink } from './access/service-link.js';
import { allHandlers } from './api/all.js';
import type { SimConfig } from './config.js';
import { createDataplane, type Dataplane } from './dataplane.js';
import { ApiServer } from './server/api-server.js';
import { CliServer } from './server/cli-server.js';
import type { Life } from './server/connection.js';
import type { ControlCommand } from './server/control.js';
import { ControlServer } from './server/control-server.js';
import { FaultRules } from './server/faults.js';
import { MessageIds } from './server/message-ids.js';
import { simStatus } from './server/status.js';
import { StatsPublisher } from './stats-publisher.js';

export interface SimulatorOptions {
  config: SimConfig;
  clock: Clock;
  log: Log;
  /** Where VPP would have died of a signal: ends the process, loudly. */
  crash: (reason: string) => never;
  /** Ends the process as SIGKILL does. */
  vanish: () => void;
}

/** The embedded dataplane: lives one after another behind the same sockets. */
export class Simulator {
  readonly components: Component[];
  readonly faults = new FaultRules();
  private readonly api: ApiServer;
  private readonly cli: CliServer;
  private readonly requests = new Map<string, number>();
  private readonly lifeHooks: ((dataplane: Dataplane) => void)[] = [];
  private life: Life;
  private generation = 0;

  constructor(private readonly options: SimulatorOptions) {
    const { config, log } = options;
    this.api = new ApiServer(config.apiSocket, this.apiHooks(), log);
    this.cli = new CliServer(config.cliSocket ?? join(dirname(config.apiSocket), 'cli.sock'), () => this.dataplane);
    this.life = this.newLife();
    this.api.begin(this.life);
    this.components = [...this.accessSide(), ...this.statistics(), ...this.controlChannel(), this.cli, this.api];
  }

  private accessSide(): Component[] {
    const { config, log } = this.options;
    if (!config.accessSocket) return [];
    const link = new UdpServiceLink(config.dhcpLink, log);
    let forwarding: Forwarding | undefined;
    const access = new AccessServer(config.accessSocket, (device, frame) => forwarding?.receive(device, frame));
    this.onLife((dataplane) => {
      forwarding = new Forwarding(dataplane, link, (device, frame) => access.transmit(device, frame));
    });
    link.onReply((server, _relay, payload) => forwarding?.serverReply(server, payload));
    return [link, access];
  }

  private statistics(): Component[] {
    const { config, clock } = this.options;
    if (!config.statsSocket) return [];
    const publisher = new StatsPublisher(config.statsSocket, config.statsIntervalMs, clock, this.dataplane);
    this.onLife((dataplane) => publisher.begin(dataplane));
    return [publisher];
  }

  private controlChannel(): Component[] {
    const { controlSocket } = this.options.config;
    return controlSocket ? [new ControlServer(controlSocket, (command) => this.control(command))] : [];
  }

  get dataplane(): Dataplane {
    return this.life.dataplane;
  }

  /** Called with the tables of each life, the present one at once. */
  onLife(hook: (dataplane: Dataplane) => void): void {
    this.lifeHooks.push(hook);
    hook(this.life.dataplane);
  }

  /** Everything forgotten, new message ids, another pid: VPP after a restart. */
  restart(): void {
    this.generation++;
    this.life = this.newLife();
    this.cli.hangUp();
    this.options.log.warn({ generation: this.generation }, 'restarted empty');
    this.api.begin(this.life);
    for (const hook of this.lifeHooks) hook(this.life.dataplane);
  }

  control(command: ControlCommand): unknown {
    switch (command.op) {
      case 'fault':
        return this.faults.add(command);
      case 'clear-faults':
        return this.faults.clear();
      case 'vanish':
        return this.options.vanish();
      case 'restart':
        return this.restart();
      case 'status':
        return simStatus(this.life, this.generation, this.requests);
      case 'set-counters':
        return this.setCounters(command);
      case 'ping-host':
        return this.dataplane.pinger.setSilent(command.address, !command.answers);
      case 'lacp-partner':
        return this.dataplane.bonds.setPartner(this.interfaceIndex(command.interface), command.system);
    }
  }

  private setCounters(command: Extract<ControlCommand, { op: 'set-counters' }>): void {
    const index = this.interfaceIndex(command.interface);
    const { op: _, interface: __, ...values } = command;
    const given = Object.entries(values).filter(([, value]) => value !== undefined);
    Object.assign(this.dataplane.counters.of(index), Object.fromEntries(given));
  }

  private interfaceIndex(nameOrIndex: string | number): number {
    const { interfaces } = this.dataplane;
    const found = typeof nameOrIndex === 'number' ? interfaces.get(nameOrIndex) : interfaces.byName(nameOrIndex);
    if (!found) throw new RangeError(`no interface ${nameOrIndex}`);
    return found.swIfIndex;
  }

  private apiHooks() {
    return {
      faults: this.faults,
      counted: (message: string) => this.requests.set(message, (this.requests.get(message) ?? 0) + 1),
      vanish: () => this.options.vanish(),
      restart: () => this.restart(),
    };
  }

  private newLife(): Life {
    const { config, clock, crash } = this.options;
    const dataplane = createDataplane({
      hostInterfaces: config.hostInterfaces && new Set(config.hostInterfaces),
      ports: config.ports,
      maxInterfaces: config.maxInterfaces,
      nowMs: () => clock.nowMs(),
      crash,
    });
    const pid = this.generation === 0 ? process.pid : randomInt(100_000, 4_000_000);
    return { dataplane, ids: new MessageIds(allHandlers), pid };
  }
}
