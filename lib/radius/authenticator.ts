import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { hasRandomAuthenticator } from './codes.js';
import { AUTHENTICATOR_BYTES, AUTHENTICATOR_OFFSET, HEADER_BYTES, type Packet } from './packet.js';
import { type Decoded, decoded, refused } from './result.js';

/** Message-Authenticator, RFC 2869 section 5.14 and RFC 3579 section 3.2. */
export const MESSAGE_AUTHENTICATOR = 80;

const ZEROS = Buffer.alloc(AUTHENTICATOR_BYTES);

/**
 * The authenticator that stands in the header while Message-Authenticator is computed over a request:
 * its own random one for Access-Request and Status-Server, zeros where the authenticator itself is a digest made
 * afterwards (Accounting, CoA, Disconnect; RFC 5176 section 3.4). Replies use the request's authenticator instead.
 */
export function headerAuthenticatorOfRequest(code: number, authenticator: Buffer): Buffer {
  return hasRandomAuthenticator(code) ? authenticator : ZEROS;
}

function messageAuthenticator(bytes: Buffer, valueOffset: number, header: Buffer, secret: Buffer): Buffer {
  return createHmac('md5', secret)
    .update(bytes.subarray(0, AUTHENTICATOR_OFFSET))
    .update(header)
    .update(bytes.subarray(HEADER_BYTES, valueOffset))
    .update(ZEROS)
    .update(bytes.subarray(valueOffset + AUTHENTICATOR_BYTES))
    .digest();
}

function packetDigest(bytes: Buffer, header: Buffer, secret: Buffer): Buffer {
  return createHash('md5')
    .update(bytes.subarray(0, AUTHENTICATOR_OFFSET))
    .update(header)
    .update(bytes.subarray(HEADER_BYTES))
    .update(secret)
    .digest();
}

/** Fills in the Message-Authenticator whose value begins at `valueOffset`. `header`: see {@link headerAuthenticatorOfRequest}. */
export function signMessage(bytes: Buffer, valueOffset: number, header: Buffer, secret: Buffer): void {
  messageAuthenticator(bytes, valueOffset, header, secret).copy(bytes, valueOffset);
}

/** Fills in the header's authenticator of a digest-authenticated request (RFC 2866 section 3, RFC 5176 section 2.3). */
export function signRequest(bytes: Buffer, secret: Buffer): void {
  packetDigest(bytes, ZEROS, secret).copy(bytes, AUTHENTICATOR_OFFSET);
}

/** Fills in the Response Authenticator (RFC 2865 section 3). Message-Authenticator must be in place already. */
export function signResponse(bytes: Buffer, requestAuthenticator: Buffer, secret: Buffer): void {
  packetDigest(bytes, requestAuthenticator, secret).copy(bytes, AUTHENTICATOR_OFFSET);
}

/** Whether a packet without Message-Authenticator is refused; one that is present is verified in any case. */
export interface AuthenticityRules {
  readonly requireMessageAuthenticator: boolean;
}

/** Checks a request's digest (where its code has one) and Message-Authenticator. */
export function verifyRequest(packet: Packet, secret: Buffer, rules: AuthenticityRules): Decoded<Packet> {
  if (!hasRandomAuthenticator(packet.code) && !hasDigest(packet, ZEROS, secret)) {
    return refused('bad-authenticator', 'request authenticator does not match the secret');
  }
  return verifyMessage(packet, headerAuthenticatorOfRequest(packet.code, packet.authenticator), secret, rules);
}

/** Checks a reply's Response Authenticator and Message-Authenticator against the request it answers. */
export function verifyResponse(
  packet: Packet,
  requestAuthenticator: Buffer,
  secret: Buffer,
  rules: AuthenticityRules,
): Decoded<Packet> {
  if (!hasDigest(packet, requestAuthenticator, secret)) {
    return refused('bad-authenticator', 'response authenticator does not match request and secret');
  }
  return verifyMessage(packet, requestAuthenticator, secret, rules);
}

function hasDigest(packet: Packet, header: Buffer, secret: Buffer): boolean {
  return timingSafeEqual(packetDigest(packet.bytes, header, secret), packet.authenticator);
}

function verifyMessage(packet: Packet, header: Buffer, secret: Buffer, rules: AuthenticityRules): Decoded<Packet> {
  const [found, ...more] = packet.attributes.filter((a) => a.type === MESSAGE_AUTHENTICATOR);
  if (more.length > 0) return refused('repeated-message-authenticator', 'more than one Message-Authenticator');
  if (found === undefined) {
    return rules.requireMessageAuthenticator
      ? refused('missing-message-authenticator', 'no Message-Authenticator')
      : decoded(packet);
  }
  const good =
    found.value.length === AUTHENTICATOR_BYTES &&
    timingSafeEqual(messageAuthenticator(packet.bytes, found.offset, header, secret), found.value);
  return good ? decoded(packet) : refused('bad-message-authenticator', 'Message-Authenticator does not match');
}
