import type { Ip4Packet } from './ip4.js';

export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17 } as const;

/** What rules and flows are told apart by. */
export interface Flow {
  sourceIp: string;
  destinationIp: string;
  protocol: number;
  /** Source port, or type of an ICMP message; 0 of other protocols. */
  first: number;
  /** Destination port, or code of an ICMP message; 0 of other protocols. */
  second: number;
  /** Undefined unless TCP. */
  tcpFlags: number | undefined;
  /** `cut`: the packet ends before the ports. `later`: a fragment behind the first, which has none. */
  ports: 'whole' | 'cut' | 'later';
}

const FRAGMENT_OFFSET = 0x1fff;
const TCP_FLAGS_AT = 13;
const TCP_BYTES = 20;
const PORTS_BYTES = 4;

/** The flow of a packet that `readIp4` took. */
export function flowOf({ sourceIp, destinationIp, protocol, bytes }: Ip4Packet): Flow {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const common = { sourceIp, destinationIp, protocol, first: 0, second: 0, tcpFlags: undefined };
  if ((view.getUint16(6) & FRAGMENT_OFFSET) !== 0) return { ...common, ports: 'later' };
  const at = (view.getUint8(0) & 15) * 4;
  if (bytes.length < at + (protocol === PROTOCOL.tcp ? TCP_BYTES : PORTS_BYTES)) return { ...common, ports: 'cut' };
  if (protocol === PROTOCOL.icmp)
    return { ...common, first: view.getUint8(at), second: view.getUint8(at + 1), ports: 'whole' };
  if (protocol !== PROTOCOL.tcp && protocol !== PROTOCOL.udp) return { ...common, ports: 'whole' };
  return {
    ...common,
    first: view.getUint16(at),
    second: view.getUint16(at + 2),
    tcpFlags: protocol === PROTOCOL.tcp ? view.getUint8(at + TCP_FLAGS_AT) : undefined,
    ports: 'whole',
  };
}

/** Echo, timestamp, information and address mask: request to reply. */
const ICMP_ANSWERS: ReadonlyMap<number, number> = new Map([
  [8, 0],
  [13, 14],
  [15, 16],
  [17, 18],
]);

/** The flow of the answers; undefined for ICMP messages that have none. */
export function answersTo(flow: Flow): Flow | undefined {
  const back = { ...flow, sourceIp: flow.destinationIp, destinationIp: flow.sourceIp };
  if (flow.protocol !== PROTOCOL.icmp) return { ...back, first: flow.second, second: flow.first };
  const type = ICMP_ANSWERS.get(flow.first);
  return type === undefined ? undefined : { ...back, first: type };
}
