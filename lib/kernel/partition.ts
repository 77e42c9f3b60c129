/** Shares of the work that instances of one service divide among themselves. Subscriber groups fall into them by name. */
export const PARTITIONS = 16;

/** The partition of a subscriber group, 0 to 15, the same everywhere and for ever (FNV-1a). */
export function partitionOf(group: string): number {
  let hash = 0x811c9dc5;
  for (const octet of Buffer.from(group, 'utf8')) hash = Math.imul(hash ^ octet, 0x01000193) >>> 0;
  return hash % PARTITIONS;
}
