import type { InterfaceCounters } from '#lib/vpp/stats/counters.js';
import { type Family, family } from './exposition.js';
import { MonotonicSum } from './monotonic-sum.js';

/** What is counted on an interface: the end of the metric's name, what it says, and where it is read. */
const COUNTERS = [
  ['rx_packets_total', 'Packets received', (counters: InterfaceCounters) => counters.rx.packets],
  ['rx_bytes_total', 'Bytes received', (counters: InterfaceCounters) => counters.rx.bytes],
  ['tx_packets_total', 'Packets sent', (counters: InterfaceCounters) => counters.tx.packets],
  ['tx_bytes_total', 'Bytes sent', (counters: InterfaceCounters) => counters.tx.bytes],
  ['drops_total', 'Packets dropped', (counters: InterfaceCounters) => counters.drops],
  ['punts_total', 'Packets punted', (counters: InterfaceCounters) => counters.punts],
  ['rx_errors_total', 'Receive errors', (counters: InterfaceCounters) => counters.rxErrors],
  ['tx_errors_total', 'Send errors', (counters: InterfaceCounters) => counters.txErrors],
] as const;

/** `host-access.100007`: the port and the number VPP gave the sub-interface. */
const SUB_INTERFACE = /^(.+)\.\d+$/;

/**
 * Ports each under their name. Sub-interfaces are subscribers' lines, so they are summed by port and never named.
 */
export class InterfaceFamilies {
  private readonly sums = new Map<string, MonotonicSum[]>();

  families(interfaces: readonly InterfaceCounters[]): Family[] {
    const ports = interfaces.filter(({ name }) => !SUB_INTERFACE.test(name));
    const lines = this.byParent(interfaces);
    return [
      ...COUNTERS.map(([suffix, help, read]) =>
        family(
          'counter',
          `bng_vpp_interface_${suffix}`,
          `${help} by a port`,
          ports.map((port) => [{ interface: port.name }, read(port)]),
        ),
      ),
      ...COUNTERS.map(([suffix, help], index) =>
        family(
          'counter',
          `bng_vpp_subinterface_${suffix}`,
          `${help} by all sub-interfaces of a port together`,
          [...this.sums].map(([parent, sums]) => [{ parent }, sums[index]?.total ?? 0n]),
        ),
      ),
      family(
        'gauge',
        'bng_vpp_subinterfaces',
        'Sub-interfaces of a port',
        [...lines].map(([parent, members]) => [{ parent }, members.length]),
      ),
    ];
  }

  /** Sub-interfaces by port, their counters taken into the sums; ports that lost all of theirs keep what they had. */
  private byParent(interfaces: readonly InterfaceCounters[]): Map<string, InterfaceCounters[]> {
    const lines = new Map<string, InterfaceCounters[]>([...this.sums.keys()].map((parent) => [parent, []]));
    for (const counters of interfaces) {
      const parent = SUB_INTERFACE.exec(counters.name)?.[1];
      if (parent === undefined) continue;
      const members = lines.get(parent);
      if (members) members.push(counters);
      else lines.set(parent, [counters]);
    }
    for (const [parent, members] of lines) this.add(parent, members);
    return lines;
  }

  private add(parent: string, members: readonly InterfaceCounters[]): void {
    const sums = this.sums.get(parent) ?? COUNTERS.map(() => new MonotonicSum());
    this.sums.set(parent, sums);
    COUNTERS.forEach(([, , read], index) => {
      sums[index]?.update(members.map((counters) => [counters.swIfIndex, read(counters)] as const));
    });
  }
}
