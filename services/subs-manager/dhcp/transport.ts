/** A packet as it came, and who sent it. */
export interface Datagram {
  payload: Uint8Array;
  /** Source address and port. */
  address: string;
  port: number;
}

/** The way DHCP packets come and go; VPP's punt socket can take the place of UDP. */
export interface DhcpTransport {
  /** Resolves when packets can come. */
  open(onDatagram: (datagram: Datagram) => void): Promise<void>;
  /** Best effort, as UDP is. */
  send(payload: Uint8Array, address: string, port: number): void;
  close(): Promise<void>;
  /** Where it listens, once open. */
  readonly port: number;
  /** Packets the kernel dropped because the receive buffer was full; undefined when it cannot be told. */
  kernelDrops(): Promise<number | undefined>;
}
