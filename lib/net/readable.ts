/** Octets as text when they are printable ASCII, else `0x` and hexadecimal. */
export function readable(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.every((octet) => octet >= 0x20 && octet < 0x7f)
    ? buffer.toString('latin1')
    : `0x${buffer.toString('hex')}`;
}
