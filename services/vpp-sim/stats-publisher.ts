import type { Clock } from '#lib/kernel/clock.js';
import type { Component } from '#lib/kernel/lifecycle.js';
import { SegmentServer } from '#lib/vpp/stats/segment-server.js';
import { SegmentWriter } from '#lib/vpp/stats/segment-writer.js';
import type { Dataplane } from './dataplane.js';
import type { InterfaceCounters } from './tables/counters.js';
import type { PolicerColour, PolicerCount } from './tables/policers.js';

const SEGMENT_BYTES = 64 * 1024 * 1024;
const NO_COUNT: PolicerCount = { packets: 0, bytes: 0 };

/** Copies the tables' counters into a statistics segment of VPP's layout, and hands it out as VPP does. */
export class StatsPublisher implements Component {
  readonly name = 'stats';
  private writer: SegmentWriter | undefined;
  private server: SegmentServer | undefined;
  private timer: NodeJS.Timeout | undefined;
  private heartbeat = 0;
  private readonly errorIndex = new Map<string, number>();

  constructor(
    private readonly path: string,
    private readonly intervalMs: number,
    private readonly clock: Clock,
    private dataplane: Dataplane,
  ) {}

  async start(): Promise<void> {
    this.open();
    this.timer = setInterval(() => this.publish(), this.intervalMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.close();
  }

  /** A new life has a segment of its own; what is mapped of the old one stays still. */
  begin(dataplane: Dataplane): void {
    this.dataplane = dataplane;
    if (!this.writer) return;
    this.close();
    this.open();
  }

  publish(): void {
    const { writer } = this;
    if (!writer) return;
    writer.setScalar('/sys/heartbeat', ++this.heartbeat);
    writer.setScalar('/sys/last_update', Math.floor(this.clock.monotonicMs() / 1000));
    this.publishInterfaces(writer);
    this.publishPolicers(writer);
    this.publishErrors(writer);
    for (const [index, counts] of this.dataplane.acls.matches.takeChanged())
      writer.setCombined(`/acl/${index}/matches`, counts);
  }

  private open(): void {
    this.errorIndex.clear();
    this.heartbeat = 0;
    this.writer = SegmentWriter.create(SEGMENT_BYTES);
    this.writer.setScalar('/sys/boottime', Math.floor(this.dataplane.startedMs / 1000));
    this.writer.setScalar('/sys/num_worker_threads', 0);
    this.writer.setScalar('/sys/vector_rate', 0);
    this.writer.setScalar('/sys/input_rate', 0);
    this.publish();
    this.server = SegmentServer.listen(this.path, this.writer.fd);
  }

  private close(): void {
    this.server?.close();
    this.writer?.close();
    this.server = undefined;
    this.writer = undefined;
  }

  private publishInterfaces(writer: SegmentWriter): void {
    const { interfaces, counters } = this.dataplane;
    const names: string[] = [];
    const values: InterfaceCounters[] = [];
    for (const { swIfIndex, name } of interfaces.all()) names[swIfIndex] = name;
    for (let index = 0; index < names.length; index++) {
      names[index] ??= 'deleted';
      values[index] = counters.of(index);
    }
    writer.setNames('/if/names', names);
    writer.setCombined(
      '/if/rx',
      values.map(({ rx }) => rx),
    );
    writer.setCombined(
      '/if/tx',
      values.map(({ tx }) => tx),
    );
    for (const what of ['drops', 'ip4', 'ip6'] as const)
      writer.setSimple(
        `/if/${what}`,
        values.map((one) => one[what]),
      );
    for (const name of UNUSED_INTERFACE_COUNTERS)
      writer.setSimple(
        name,
        values.map(() => 0),
      );
  }

  private publishPolicers(writer: SegmentWriter): void {
    const counts = this.dataplane.policers.allCounts();
    const length = Math.max(-1, ...counts.keys()) + 1;
    for (const colour of ['conform', 'exceed', 'violate'] satisfies PolicerColour[])
      writer.setCombined(
        `/net/policer/${colour}`,
        Array.from({ length }, (_, index) => counts.get(index)?.[colour] ?? NO_COUNT),
      );
  }

  /** `/err/<node>/<text>` are links into one vector, as in VPP. */
  private publishErrors(writer: SegmentWriter): void {
    const errors = [...this.dataplane.counters.allErrors()];
    writer.setSimple(
      '/node/errors',
      errors.map(([, count]) => count),
    );
    for (const [index, [name]] of errors.entries()) {
      if (this.errorIndex.has(name)) continue;
      this.errorIndex.set(name, index);
      writer.setSymlink(`/err/${name}`, '/node/errors', index);
    }
  }
}

const UNUSED_INTERFACE_COUNTERS = ['/if/punt', '/if/rx-no-buf', '/if/rx-miss', '/if/rx-error', '/if/tx-error'] as const;
