const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let c = byte;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

/** CRC-32 as in zlib, continued from `seed`: what vppapigen folds over the text of a message's fields. */
export function crc32(text: string, seed = 0): number {
  let c = ~seed;
  for (const byte of Buffer.from(text, 'latin1')) c = (c >>> 8) ^ (table[(c ^ byte) & 0xff] ?? 0);
  return ~c >>> 0;
}
