import { createHash } from 'node:crypto';

const BLOCK = 16;

function md5(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function xorBlock(out: Buffer, at: number, input: Buffer, key: Buffer): void {
  for (let i = 0; i < BLOCK; i++) out[at + i] = (input[at + i] ?? 0) ^ (key[i] ?? 0);
}

function encryptChain(plain: Buffer, secret: Buffer, seed: Buffer): Buffer {
  const out = Buffer.alloc(plain.length);
  let previous = seed;
  for (let at = 0; at < plain.length; at += BLOCK) {
    xorBlock(out, at, plain, md5(secret, previous));
    previous = out.subarray(at, at + BLOCK);
  }
  return out;
}

function decryptChain(hidden: Buffer, secret: Buffer, seed: Buffer): Buffer {
  const out = Buffer.alloc(hidden.length);
  let previous = seed;
  for (let at = 0; at < hidden.length; at += BLOCK) {
    xorBlock(out, at, hidden, md5(secret, previous));
    previous = hidden.subarray(at, at + BLOCK);
  }
  return out;
}

/** CHAP-Password (RFC 2865 section 5.3, RFC 1994 section 4.1): the identifier and MD5 over identifier, secret and challenge. */
export function chapPassword(identifier: number, password: Buffer, challenge: Buffer): Buffer {
  const id = Buffer.from([identifier]);
  return Buffer.concat([id, md5(id, password, challenge)]);
}

function padded(value: Buffer): Buffer {
  const blocks = Math.max(1, Math.ceil(value.length / BLOCK));
  return Buffer.concat([value, Buffer.alloc(blocks * BLOCK - value.length)]);
}

/**
 * User-Password hiding (RFC 2865 section 5.2; FreeRADIUS `encrypt=1`).
 * @throws RangeError above 128 octets.
 */
export function hidePassword(password: Buffer, secret: Buffer, requestAuthenticator: Buffer): Buffer {
  if (password.length > 128) throw new RangeError(`password of ${password.length} octets exceeds 128`);
  return encryptChain(padded(password), secret, requestAuthenticator);
}

/** Inverse of {@link hidePassword}: undefined unless the length is 16..128 in steps of 16. Trailing NULs are padding. */
export function revealPassword(hidden: Buffer, secret: Buffer, requestAuthenticator: Buffer): Buffer | undefined {
  if (hidden.length < BLOCK || hidden.length > 128 || hidden.length % BLOCK !== 0) return undefined;
  const plain = decryptChain(hidden, secret, requestAuthenticator);
  let end = plain.length;
  while (end > 0 && plain[end - 1] === 0) end--;
  return plain.subarray(0, end);
}

/**
 * Salted hiding of Tunnel-Password and of vendor keys (RFC 2868 section 3.5; FreeRADIUS `encrypt=2`), without the tag octet.
 * `salt` is unique within the packet; its top bit is set here as the RFC wants.
 * @throws RangeError above 239 octets, which would not fit one attribute.
 */
export function hideSalted(plain: Buffer, secret: Buffer, requestAuthenticator: Buffer, salt: number): Buffer {
  if (plain.length > 239) throw new RangeError(`salted value of ${plain.length} octets exceeds 239`);
  const saltBytes = Buffer.alloc(2);
  saltBytes.writeUInt16BE((salt & 0x7fff) | 0x8000);
  const body = padded(Buffer.concat([Buffer.from([plain.length]), plain]));
  return Buffer.concat([saltBytes, encryptChain(body, secret, Buffer.concat([requestAuthenticator, saltBytes]))]);
}

/** Inverse of {@link hideSalted}: undefined when lengths, inside or outside, do not fit. */
export function revealSalted(hidden: Buffer, secret: Buffer, requestAuthenticator: Buffer): Buffer | undefined {
  const body = hidden.subarray(2);
  if (body.length < BLOCK || body.length % BLOCK !== 0) return undefined;
  const plain = decryptChain(body, secret, Buffer.concat([requestAuthenticator, hidden.subarray(0, 2)]));
  const length = plain.readUInt8(0);
  return length < plain.length ? plain.subarray(1, 1 + length) : undefined;
}
