import { randomBytes } from 'node:crypto';
import { AttributeList, encodeAttributes } from './attribute-list.js';
import type { AttributeInput } from './attribute-row.js';
import {
  type AuthenticityRules,
  headerAuthenticatorOfRequest,
  MESSAGE_AUTHENTICATOR,
  signMessage,
  signRequest,
  signResponse,
  verifyRequest,
  verifyResponse,
} from './authenticator.js';
import { hasRandomAuthenticator, isReplyTo, type RequestCode } from './codes.js';
import { AUTHENTICATOR_BYTES, assemblePacket, decodePacket, HEADER_BYTES, type Packet } from './packet.js';
import { type Decoded, decoded, refused } from './result.js';

const MESSAGE_AUTHENTICATOR_VALUE_OFFSET = HEADER_BYTES + 2;
const EMPTY_MESSAGE_AUTHENTICATOR = { type: MESSAGE_AUTHENTICATOR, value: Buffer.alloc(AUTHENTICATOR_BYTES) };

/** A request to encode. */
export interface RequestInput {
  readonly code: RequestCode;
  readonly identifier: number;
  readonly attributes: readonly AttributeInput[];
  readonly secret: Buffer;
  /** For reproducible packets in tests; random when absent. Only Access-Request and Status-Server use it. */
  readonly authenticator?: Buffer;
  /** Default true. */
  readonly messageAuthenticator?: boolean;
}

/** What has to be remembered of a request to verify its reply. */
export interface SentRequest {
  readonly code: RequestCode;
  readonly identifier: number;
  readonly authenticator: Buffer;
  readonly bytes: Buffer;
}

/**
 * Encodes and signs a request, Message-Authenticator first.
 * Hidden attributes of CoA and Disconnect are keyed with a zero authenticator, since theirs is a digest of the packet.
 * @throws RangeError when a value does not fit.
 */
export function encodeRequest(input: RequestInput): SentRequest {
  const { code, identifier, secret } = input;
  const random = hasRandomAuthenticator(code)
    ? (input.authenticator ?? randomBytes(AUTHENTICATOR_BYTES))
    : Buffer.alloc(AUTHENTICATOR_BYTES);
  const signed = input.messageAuthenticator ?? true;
  const attributes = encodeAttributes(input.attributes, { secret, requestAuthenticator: random });
  const bytes = assemblePacket(code, identifier, signed ? [EMPTY_MESSAGE_AUTHENTICATOR, ...attributes] : attributes);
  random.copy(bytes, 4);
  if (signed) {
    signMessage(bytes, MESSAGE_AUTHENTICATOR_VALUE_OFFSET, headerAuthenticatorOfRequest(code, random), secret);
  }
  if (!hasRandomAuthenticator(code)) signRequest(bytes, secret);
  return { code, identifier, authenticator: bytes.subarray(4, HEADER_BYTES), bytes };
}

/** A reply to encode; `request` is the packet it answers. */
export interface ReplyInput {
  readonly code: number;
  readonly request: Pick<Packet, 'identifier' | 'authenticator'>;
  readonly attributes: readonly AttributeInput[];
  readonly secret: Buffer;
  /** Default true. */
  readonly messageAuthenticator?: boolean;
}

/**
 * Encodes and signs a reply, Message-Authenticator first.
 * @throws RangeError when a value does not fit.
 */
export function encodeReply({ code, request, attributes, secret, messageAuthenticator = true }: ReplyInput): Buffer {
  const wire = encodeAttributes(attributes, { secret, requestAuthenticator: request.authenticator });
  const all = messageAuthenticator ? [EMPTY_MESSAGE_AUTHENTICATOR, ...wire] : wire;
  const bytes = assemblePacket(code, request.identifier, all);
  if (messageAuthenticator) signMessage(bytes, MESSAGE_AUTHENTICATOR_VALUE_OFFSET, request.authenticator, secret);
  signResponse(bytes, request.authenticator, secret);
  return bytes;
}

/** A packet whose authenticity was checked, with its attributes readable by row. */
export interface VerifiedPacket {
  readonly packet: Packet;
  readonly attributes: AttributeList;
}

/** Decodes and verifies a request received by a server. */
export function decodeRequest(datagram: Buffer, secret: Buffer, rules: AuthenticityRules): Decoded<VerifiedPacket> {
  const packet = decodePacket(datagram);
  if (!packet.ok) return packet;
  const verified = verifyRequest(packet.value, secret, rules);
  if (!verified.ok) return verified;
  const { code, authenticator, attributes } = verified.value;
  const requestAuthenticator = headerAuthenticatorOfRequest(code, authenticator);
  return decoded({
    packet: verified.value,
    attributes: AttributeList.of(attributes, { secret, requestAuthenticator }),
  });
}

/** Decodes and verifies the reply to a request of ours. The identifier must be the request's. */
export function decodeReply(
  datagram: Buffer,
  request: Pick<SentRequest, 'code' | 'identifier' | 'authenticator'>,
  secret: Buffer,
  rules: AuthenticityRules,
): Decoded<VerifiedPacket> {
  const packet = decodePacket(datagram);
  if (!packet.ok) return packet;
  if (packet.value.identifier !== request.identifier || !isReplyTo(packet.value.code, request.code)) {
    return refused('unexpected-code', `code ${packet.value.code} does not answer code ${request.code}`);
  }
  const verified = verifyResponse(packet.value, request.authenticator, secret, rules);
  if (!verified.ok) return verified;
  const key = { secret, requestAuthenticator: request.authenticator };
  return decoded({ packet: verified.value, attributes: AttributeList.of(verified.value.attributes, key) });
}
