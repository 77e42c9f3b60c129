/** VPP's shared statistics segment, version 2: native little-endian, pointers in VPP's own address space. */
export const segmentVersion = 2n;

/** Word (8 bytes) of each header field. */
export const headerWord = { version: 0, base: 1, epoch: 2, inProgress: 3, directory: 4 } as const;
export const headerBytes = 40;

/** Entry: u32 type, u32 pad, u64 value or pointer (a symlink: u32 entry, u32 element), char name[128]. */
export const entryBytes = 144;
export const entryValueAt = 8;
export const entryElementAt = 12;
export const entryNameAt = 16;
export const nameBytes = entryBytes - entryNameAt;

/** A vector's element count is the u32 this far before its first element. */
export const vectorLengthBefore = 8;

export const entryType = {
  illegal: 0,
  /** u64 in 26.06; older clients took it for a double. */
  scalar: 1,
  simple: 2,
  combined: 3,
  names: 4,
  empty: 5,
  symlink: 6,
  histogram: 7,
  ringBuffer: 8,
  /** u64 as well. */
  gauge: 9,
} as const;
