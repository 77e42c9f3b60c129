import { alias, bytes, type Codec, enumeration, mapped, sparseArray, struct, u8, u32, union } from './codec.js';
import { formatIp4, formatIp6, formatMac, parseIp4, parseIp6, parseMac } from './ip-text.js';
import { type Reader, WireError, type Writer } from './wire.js';

/** VPP's handle of an interface. Reused at once after a delete, so never a key across transactions. */
export type SwIfIndex = number & { readonly __brand: 'SwIfIndex' };
export const swIfIndex = (index: number): SwIfIndex => index as SwIfIndex;
/** `~0`: no interface in a route path, every interface in a dump. */
export const noInterface = swIfIndex(0xffffffff);
/** `~0` where VPP allocates an index or dumps everything. */
export const anyIndex = 0xffffffff;

const asSwIfIndex = (base: Codec<number>): Codec<SwIfIndex> => base as Codec<SwIfIndex>;
export const interfaceIndex = asSwIfIndex(alias('interface_index', u32));
/** An interface index that VPP declares as a plain u32. */
export const interfaceIndexU32 = asSwIfIndex(u32);

function invalid(kind: string, text: string): never {
  throw new RangeError(`'${text}' is not ${kind}`);
}

const macBytes = alias('mac_address', bytes(6));
/** Text `aa:bb:cc:dd:ee:ff`. */
export const macAddress: Codec<string> = {
  ...mapped<Uint8Array, string>(macBytes, formatMac, (text) => parseMac(text) ?? invalid('a MAC address', text)),
  read: (r) => formatMac(r.bytes, r.take(6)),
};

const ip4Bytes = alias('ip4_address', bytes(4));
const ip6Bytes = alias('ip6_address', bytes(16));
/** Text `192.0.2.1`. */
export const ip4Address = mapped<Uint8Array, string>(
  ip4Bytes,
  formatIp4,
  (text) => parseIp4(text) ?? invalid('an IPv4 address', text),
);
/**
 * Text `2001:db8::1`.
 * @public
 */
export const ip6Address = mapped<Uint8Array, string>(
  ip6Bytes,
  formatIp6,
  (text) => parseIp6(text) ?? invalid('an IPv6 address', text),
);

export const addressFamily = enumeration('address_family', u8, { ADDRESS_IP4: 0, ADDRESS_IP6: 1 });
/** Sixteen raw bytes, IPv4 in the first four; see `addressUnionBytes`. */
export const addressUnion = union('address_union', 16, { ip4: ip4Bytes, ip6: ip6Bytes });

function readAddress(r: Reader): string {
  const family = r.u8();
  const at = r.take(16);
  if (family > 1) throw new WireError(`address family ${family}`);
  return family === 0 ? formatIp4(r.bytes, at) : formatIp6(r.bytes, at);
}

function writeAddress(w: Writer, text: string): void {
  const ip4 = parseIp4(text);
  w.u8(ip4 ? 0 : 1);
  w.padded(ip4 ?? parseIp6(text) ?? invalid('an IP address', text), 16);
}

/** Text of either family: `192.0.2.1`, `2001:db8::1`. */
export const address: Codec<string> = {
  ...struct('address', { af: addressFamily, un: addressUnion }),
  read: readAddress,
  write: writeAddress,
};

function writePrefix(w: Writer, text: string): void {
  const slash = text.indexOf('/');
  const length = text.slice(slash + 1);
  const bits = text.includes(':') ? 128 : 32;
  if (slash < 0 || !/^\d{1,3}$/.test(length) || Number(length) > bits) invalid('a prefix', text);
  writeAddress(w, text.slice(0, slash));
  w.u8(Number(length));
}

/** Text of either family: `192.0.2.0/24`, `2001:db8::/32`. Host bits travel as given. */
export const prefix: Codec<string> = {
  ...struct('prefix', { address, len: u8 }),
  read: (r) => `${readAddress(r)}/${r.u8()}`,
  write: writePrefix,
};
/** A prefix whose host bits are the interface's own address: `192.0.2.1/24`. */
export const addressWithPrefix = alias('address_with_prefix', prefix);

/** The sixteen bytes of `fib_path.nh.address` for an address in text. */
export function addressUnionBytes(text: string): Uint8Array {
  return parseIp4(text) ?? parseIp6(text) ?? invalid('an IP address', text);
}

export const ifStatusFlags = enumeration('if_status_flags', u32, {
  IF_STATUS_API_FLAG_ADMIN_UP: 1,
  IF_STATUS_API_FLAG_LINK_UP: 2,
});

export const ipProto = enumeration('ip_proto', u8, {
  IP_API_PROTO_HOPOPT: 0,
  IP_API_PROTO_ICMP: 1,
  IP_API_PROTO_IGMP: 2,
  IP_API_PROTO_TCP: 6,
  IP_API_PROTO_UDP: 17,
  IP_API_PROTO_GRE: 47,
  IP_API_PROTO_ESP: 50,
  IP_API_PROTO_AH: 51,
  IP_API_PROTO_ICMP6: 58,
  IP_API_PROTO_EIGRP: 88,
  IP_API_PROTO_OSPF: 89,
  IP_API_PROTO_SCTP: 132,
  IP_API_PROTO_RESERVED: 255,
});

export const fibPathType = enumeration('fib_path_type', u32, {
  FIB_API_PATH_TYPE_NORMAL: 0,
  FIB_API_PATH_TYPE_LOCAL: 1,
  FIB_API_PATH_TYPE_DROP: 2,
  FIB_API_PATH_TYPE_UDP_ENCAP: 3,
  FIB_API_PATH_TYPE_BIER_IMP: 4,
  FIB_API_PATH_TYPE_ICMP_UNREACH: 5,
  FIB_API_PATH_TYPE_ICMP_PROHIBIT: 6,
  FIB_API_PATH_TYPE_SOURCE_LOOKUP: 7,
  FIB_API_PATH_TYPE_DVR: 8,
  FIB_API_PATH_TYPE_INTERFACE_RX: 9,
  FIB_API_PATH_TYPE_CLASSIFY: 10,
});
export const fibPathFlags = enumeration('fib_path_flags', u32, {
  FIB_API_PATH_FLAG_NONE: 0,
  FIB_API_PATH_FLAG_RESOLVE_VIA_ATTACHED: 1,
  FIB_API_PATH_FLAG_RESOLVE_VIA_HOST: 2,
  FIB_API_PATH_FLAG_POP_PW_CW: 4,
});
export const fibPathNhProto = enumeration('fib_path_nh_proto', u32, {
  FIB_API_PATH_NH_PROTO_IP4: 0,
  FIB_API_PATH_NH_PROTO_IP6: 1,
  FIB_API_PATH_NH_PROTO_MPLS: 2,
  FIB_API_PATH_NH_PROTO_ETHERNET: 3,
  FIB_API_PATH_NH_PROTO_BIER: 4,
});

export const fibMplsLabel = struct('fib_mpls_label', { is_uniform: u8, label: u32, ttl: u8, exp: u8 });
export const fibPathNh = struct('fib_path_nh', {
  address: addressUnion,
  via_label: u32,
  obj_id: u32,
  classify_table_index: u32,
});
export const fibPath = struct('fib_path', {
  sw_if_index: interfaceIndexU32,
  table_id: u32,
  rpf_id: u32,
  weight: u8,
  preference: u8,
  type: fibPathType,
  flags: fibPathFlags,
  proto: fibPathNhProto,
  nh: fibPathNh,
  n_labels: u8,
  label_stack: sparseArray(fibMplsLabel, 16, 7),
});
/** One path of a route. `nh.address` has sixteen bytes when read; fewer are zero-padded when written. */
export type FibPath = ReturnType<(typeof fibPath)['read']>;

/** A path with everything VPP wants spelled out; `via` is the next hop in text, absent for an attached or drop path. */
export function path(part: Partial<Omit<FibPath, 'nh'>> & { via?: string }): FibPath {
  const { via, ...fields } = part;
  return {
    sw_if_index: noInterface,
    table_id: 0,
    rpf_id: 0xffffffff,
    weight: 1,
    preference: 0,
    type: fibPathType.values.FIB_API_PATH_TYPE_NORMAL,
    flags: 0,
    proto: via?.includes(':') ? 1 : 0,
    nh: {
      address: via === undefined ? new Uint8Array(16) : addressUnionBytes(via),
      via_label: 0,
      obj_id: 0,
      classify_table_index: 0,
    },
    n_labels: 0,
    label_stack: [],
    ...fields,
  };
}

/** The next hop of a path as VPP reports it, in text; undefined when it is not an IP next hop or unspecified. */
export function pathVia(from: FibPath): string | undefined {
  if (from.proto > 1 || from.nh.address.every((byte) => byte === 0)) return undefined;
  return from.proto === 0 ? formatIp4(from.nh.address) : formatIp6(from.nh.address);
}
