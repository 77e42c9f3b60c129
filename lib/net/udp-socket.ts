import { closeSync } from 'node:fs';
import koffi from 'koffi';
import { ip4Bytes } from './address.js';
import { ip6Bytes } from './ip6.js';
import { systemError } from './system-error.js';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SO_RCVBUF = 8;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

function nativeCalls() {
  const libc = koffi.load('libc.so.6');
  return {
    socket: libc.func('socket', 'int', ['int', 'int', 'int']),
    bind: libc.func('bind', 'int', ['int', 'void *', 'uint32_t']),
    setsockopt: libc.func('setsockopt', 'int', ['int', 'int', 'int', 'void *', 'uint32_t']),
  };
}

const int32 = (value: number) => new Uint8Array(Int32Array.of(value).buffer);

/** `sockaddr_in` or `sockaddr_in6`: the family in the machine's order, port and address in the network's. */
function socketAddress(host: string, port: number): Uint8Array {
  const family = host.includes(':') ? AF_INET6 : AF_INET;
  const head = [...new Uint8Array(Uint16Array.of(family).buffer), port >> 8, port & 255];
  if (family === AF_INET) return Uint8Array.from([...head, ...ip4Bytes(host), 0, 0, 0, 0, 0, 0, 0, 0]);
  return Uint8Array.from([...head, 0, 0, 0, 0, ...ip6Bytes(host), 0, 0, 0, 0]);
}

/**
 * A bound UDP socket with a receive buffer of the wanted size whatever net.core.rmem_max says, when the process may
 * (CAP_NET_ADMIN); else as large as that allows. The descriptor is for `dgram`'s `bind({ fd })`. An IPv6 socket takes
 * no IPv4. Throws with the system's error name: EADDRINUSE, EADDRNOTAVAIL, EACCES.
 */
export function openUdpSocket(host: string, port: number, receiveBufferBytes: number): number {
  const calls = nativeCalls();
  const address = socketAddress(host, port);
  const family = host.includes(':') ? AF_INET6 : AF_INET;
  const fd = calls.socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw systemError('socket(UDP)');
  const size = int32(receiveBufferBytes);
  if (calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, size, 4) !== 0)
    calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size, 4);
  if (family === AF_INET6) calls.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, int32(1), 4);
  if (calls.bind(fd, address, address.length) !== 0) {
    const error = systemError(`bind to ${host} port ${port}`);
    closeSync(fd);
    throw error;
  }
  return fd;
}
