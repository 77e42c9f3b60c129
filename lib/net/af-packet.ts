import { closeSync } from 'node:fs';
import koffi from 'koffi';
import { systemError } from './system-error.js';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const ETH_P_ALL = 3;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SO_RCVBUF = 8;
const SOL_PACKET = 263;
const PACKET_AUXDATA = 8;
const PACKET_IGNORE_OUTGOING = 23;
const POLLIN = 1;
/** How long a wait for frames holds a thread before it looks whether the socket is being closed. */
const POLL_MS = 100;
const FRAMES_PER_TURN = 256;
const RECEIVE_BUFFER_BYTES = 32 * 1024 * 1024;
const MAX_FRAME_BYTES = 65_536;
/** `cmsghdr` (16) and `tpacket_auxdata` (20), padded. */
const CONTROL_BYTES = 40;
const AUX_STATUS_AT = 16;
const AUX_TCI_AT = 32;
const AUX_TPID_AT = 34;
const STATUS_VLAN_VALID = 1 << 4;
const STATUS_TPID_VALID = 1 << 6;
const DOT1Q = 0x8100;
const MAC_BYTES = 12;
const TAG_BYTES = 4;

const swap16 = (value: number) => ((value & 0xff) << 8) | (value >>> 8);

function nativeCalls() {
  const libc = koffi.load('libc.so.6');
  const iovec = koffi.struct({ base: 'void *', length: 'size_t' });
  const msghdr = koffi.struct({
    name: 'void *',
    nameLength: 'uint32_t',
    iov: koffi.pointer(iovec),
    iovCount: 'size_t',
    control: 'void *',
    controlLength: 'size_t',
    flags: 'int',
  });
  return {
    socket: libc.func('socket', 'int', ['int', 'int', 'int']),
    bind: libc.func('bind', 'int', ['int', 'void *', 'uint32_t']),
    setsockopt: libc.func('setsockopt', 'int', ['int', 'int', 'int', 'void *', 'uint32_t']),
    send: libc.func('send', 'intptr_t', ['int', 'void *', 'size_t', 'int']),
    recvmsg: libc.func('recvmsg', 'intptr_t', ['int', koffi.inout(koffi.pointer(msghdr)), 'int']),
    poll: libc.func('poll', 'int', ['void *', 'ulong', 'int']),
    ifNameToIndex: libc.func('if_nametoindex', 'uint', ['str']),
  };
}

/**
 * Whole Ethernet frames on a network device, VLAN tags included, without blocking the event loop. Needs CAP_NET_RAW
 * and the network namespace that the process's main thread is in when it is opened.
 */
export class PacketSocket {
  private readonly handlers = new Set<(frame: Uint8Array) => void>();
  private readonly buffer = Buffer.alloc(MAX_FRAME_BYTES);
  private readonly control = Buffer.alloc(CONTROL_BYTES);
  private readonly pollFd = Buffer.alloc(8);
  private readonly closed: Promise<void>;
  private closing = false;
  /** Frames that the device did not take: its queue was full. */
  unsent = 0;

  private constructor(
    private readonly calls: ReturnType<typeof nativeCalls>,
    private readonly fd: number,
  ) {
    this.pollFd.writeInt32LE(fd, 0);
    this.pollFd.writeInt16LE(POLLIN, 4);
    this.closed = new Promise((resolve) => this.wait(resolve));
  }

  /** Throws with the system's error name: EPERM without the privilege, ENODEV without the device. */
  static open(device: string): PacketSocket {
    const calls = nativeCalls();
    const index = calls.ifNameToIndex(device);
    if (index === 0) throw new Error(`no network device ${device}`);
    const fd = calls.socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, swap16(ETH_P_ALL));
    if (fd < 0) throw systemError('socket(AF_PACKET)');
    try {
      prepare(calls, fd, index);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return new PacketSocket(calls, fd);
  }

  /** Hands the frame to the device at once. */
  send(frame: Uint8Array): void {
    if (this.closing) return;
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
    if (Number(this.calls.send(this.fd, bytes, bytes.length, 0)) < 0) this.unsent++;
  }

  /** Called with each frame that arrives; it owns the bytes. */
  onFrame(handler: (frame: Uint8Array) => void): void {
    this.handlers.add(handler);
  }

  /** Resolves when the descriptor is closed. Safe to call again. */
  close(): Promise<void> {
    this.closing = true;
    return this.closed;
  }

  private wait(resolve: () => void): void {
    this.calls.poll.async(this.pollFd, 1, POLL_MS, (_error: unknown, ready: number) => {
      if (!this.closing && ready > 0) this.drain();
      if (!this.closing) return this.wait(resolve);
      closeSync(this.fd);
      resolve();
    });
  }

  private drain(): void {
    for (let n = 0; n < FRAMES_PER_TURN; n++) {
      const frame = this.receive();
      if (!frame) return;
      for (const handler of this.handlers) handler(frame);
    }
  }

  private receive(): Uint8Array | undefined {
    const header = {
      name: null,
      nameLength: 0,
      iov: [{ base: this.buffer, length: this.buffer.length }],
      iovCount: 1,
      control: this.control,
      controlLength: this.control.length,
      flags: 0,
    };
    const length = Number(this.calls.recvmsg(this.fd, header, 0));
    if (length < MAC_BYTES) return undefined;
    return withTag(this.buffer.subarray(0, length), this.control);
  }
}

function prepare(calls: ReturnType<typeof nativeCalls>, fd: number, index: number): void {
  const on = Buffer.alloc(4);
  on.writeInt32LE(1);
  const size = Buffer.alloc(4);
  size.writeInt32LE(RECEIVE_BUFFER_BYTES);
  const set = (level: number, option: number, value: Buffer) => calls.setsockopt(fd, level, option, value, 4);
  if (set(SOL_SOCKET, SO_RCVBUFFORCE, size) < 0) set(SOL_SOCKET, SO_RCVBUF, size);
  if (set(SOL_PACKET, PACKET_AUXDATA, on) < 0) throw systemError('PACKET_AUXDATA');
  if (set(SOL_PACKET, PACKET_IGNORE_OUTGOING, on) < 0) throw systemError('PACKET_IGNORE_OUTGOING');
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(ETH_P_ALL, 2);
  address.writeInt32LE(index, 4);
  if (calls.bind(fd, address, address.length) < 0) throw systemError('bind(AF_PACKET)');
}

/** The kernel takes the outermost tag off and tells of it beside the frame: puts it back. */
function withTag(frame: Buffer, control: Buffer): Uint8Array {
  const status = control.readUInt32LE(AUX_STATUS_AT);
  if ((status & STATUS_VLAN_VALID) === 0) return Uint8Array.from(frame);
  const tagged = Buffer.alloc(frame.length + TAG_BYTES);
  frame.copy(tagged, 0, 0, MAC_BYTES);
  tagged.writeUInt16BE(status & STATUS_TPID_VALID ? control.readUInt16LE(AUX_TPID_AT) : DOT1Q, MAC_BYTES);
  tagged.writeUInt16BE(control.readUInt16LE(AUX_TCI_AT), MAC_BYTES + 2);
  frame.copy(tagged, MAC_BYTES + TAG_BYTES, MAC_BYTES);
  return tagged;
}
