import { closeSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';

const AF_UNIX = 1;
const SOCK_SEQPACKET = 5;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_CMSG_CLOEXEC = 0x40000000;
const MSG_NOSIGNAL = 0x4000;
const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MFD_CLOEXEC = 1;
const EAGAIN = 11;
const backlog = 64;
/** `sockaddr_un`: family, then a path with its NUL in 108 bytes. */
const sockaddrBytes = 110;
/** `cmsghdr` with one descriptor, padded: length u64, level i32, type i32, fd i32. */
const controlBytes = 24;
const controlLength = 20;

/** Shared memory seen as an ArrayBuffer. After `unmap` the buffer must not be touched again. */
export interface Mapping {
  readonly buffer: ArrayBuffer;
  unmap(): void;
}

function unixAddress(path: string): Buffer {
  const address = Buffer.alloc(sockaddrBytes);
  if (Buffer.byteLength(path) > sockaddrBytes - 3) throw new RangeError(`socket path longer than 107 bytes: ${path}`);
  address.writeUInt16LE(AF_UNIX);
  address.write(path, 2);
  return address;
}

/**
 * The few calls of Linux's C library that Node has no door to: sequenced-packet sockets, passed descriptors,
 * shared mappings. Every descriptor is non-blocking and close-on-exec; a failure throws with the system's error name.
 */
export class Libc {
  private readonly lib = koffi.load(null);
  private readonly iovec = koffi.struct({ base: 'void *', length: 'size_t' });
  private readonly msghdr = koffi.struct({
    name: 'void *',
    nameLength: 'uint32_t',
    iov: koffi.pointer(this.iovec),
    iovCount: 'size_t',
    control: 'void *',
    controlLength: 'size_t',
    flags: 'int',
  });
  private readonly socket = this.lib.func('socket', 'int', ['int', 'int', 'int']);
  private readonly connect = this.lib.func('connect', 'int', ['int', 'void *', 'uint32_t']);
  private readonly bind = this.lib.func('bind', 'int', ['int', 'void *', 'uint32_t']);
  private readonly listen = this.lib.func('listen', 'int', ['int', 'int']);
  private readonly accept4 = this.lib.func('accept4', 'int', ['int', 'void *', 'void *', 'int']);
  private readonly recvmsg = this.lib.func('recvmsg', 'intptr_t', [
    'int',
    koffi.inout(koffi.pointer(this.msghdr)),
    'int',
  ]);
  private readonly sendmsg = this.lib.func('sendmsg', 'intptr_t', ['int', koffi.pointer(this.msghdr), 'int']);
  private readonly memfdCreate = this.lib.func('memfd_create', 'int', ['str', 'uint']);
  private readonly ftruncate = this.lib.func('ftruncate', 'int', ['int', 'int64_t']);
  private readonly mmap = this.lib.func('mmap', 'intptr_t', ['intptr_t', 'size_t', 'int', 'int', 'int', 'int64_t']);
  private readonly munmap = this.lib.func('munmap', 'int', ['intptr_t', 'size_t']);

  /** A sequenced-packet socket connected to `path`. */
  connectSeqpacket(path: string): number {
    const address = unixAddress(path);
    const fd = this.newSocket();
    this.orClose(fd, `connect ${path}`, () => this.connect(fd, address, sockaddrBytes));
    return fd;
  }

  /** A sequenced-packet socket listening at `path`, which must not exist. */
  listenSeqpacket(path: string): number {
    const address = unixAddress(path);
    const fd = this.newSocket();
    this.orClose(fd, `bind ${path}`, () => this.bind(fd, address, sockaddrBytes));
    this.orClose(fd, `listen ${path}`, () => this.listen(fd, backlog));
    return fd;
  }

  /** The next connection, or undefined when none waits. */
  accept(fd: number): number | undefined {
    return this.unlessWaiting('accept', this.accept4(fd, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC));
  }

  /** The descriptor that the next message carries; undefined while no message is there. */
  receiveFd(fd: number): number | undefined {
    const control = Buffer.alloc(controlBytes);
    const header = this.header(Buffer.alloc(16), control);
    const length = this.unlessWaiting('recvmsg', Number(this.recvmsg(fd, header, MSG_CMSG_CLOEXEC)));
    if (length === undefined) return undefined;
    if (header.controlLength < controlLength || control.readInt32LE(12) !== SCM_RIGHTS)
      throw new Error('the peer closed without passing a descriptor');
    return control.readInt32LE(16);
  }

  /** Sends one message without payload that carries `passed`. */
  sendFd(fd: number, passed: number): void {
    const control = Buffer.alloc(controlBytes);
    control.writeUInt32LE(controlLength, 0);
    control.writeInt32LE(SOL_SOCKET, 8);
    control.writeInt32LE(SCM_RIGHTS, 12);
    control.writeInt32LE(passed, 16);
    this.checked('sendmsg', Number(this.sendmsg(fd, this.header(Buffer.alloc(0), control), MSG_NOSIGNAL)));
  }

  /** Anonymous shared memory of `sizeBytes`, which shows as `/memfd:<name>`. */
  sharedMemory(name: string, sizeBytes: number): number {
    const fd = this.checked('memfd_create', this.memfdCreate(name, MFD_CLOEXEC));
    this.orClose(fd, 'ftruncate', () => this.ftruncate(fd, sizeBytes));
    return fd;
  }

  map(fd: number, sizeBytes: number, access: 'read' | 'write'): Mapping {
    const protection = access === 'read' ? PROT_READ : PROT_READ | PROT_WRITE;
    const address = BigInt(this.mmap(0, sizeBytes, protection, MAP_SHARED, fd, 0));
    if (address === -1n) throw this.failure('mmap');
    return {
      buffer: koffi.view(address, sizeBytes),
      unmap: () => void this.munmap(address, sizeBytes),
    };
  }

  private newSocket(): number {
    return this.checked('socket', this.socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  }

  private header(data: Buffer, control: Buffer) {
    return {
      name: null,
      nameLength: 0,
      iov: { base: data, length: data.length },
      iovCount: 1,
      control,
      controlLength: control.length,
      flags: 0,
    };
  }

  private unlessWaiting(what: string, result: number): number | undefined {
    return result < 0 && koffi.errno() === EAGAIN ? undefined : this.checked(what, result);
  }

  private checked(what: string, result: number): number {
    if (result < 0) throw this.failure(what);
    return result;
  }

  private orClose(fd: number, what: string, run: () => number): void {
    if (run() >= 0) return;
    const failure = this.failure(what);
    closeSync(fd);
    throw failure;
  }

  private failure(what: string): Error {
    return new Error(`${what}: ${getSystemErrorName(-koffi.errno())}`);
  }
}
