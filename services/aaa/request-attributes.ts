import { randomBytes, randomInt } from 'node:crypto';
import type { AccessIdentity } from '#gen/bng/v1/aaa.js';
import { decodeRelayAgent, vendorInformation } from '#lib/dhcp/relay-agent.js';
import { type AttributeInput, type AttributeRow, attribute } from '#lib/radius/attribute-row.js';
import { attributes, ServiceType } from '#lib/radius/attributes.js';
import { chapPassword } from '#lib/radius/cipher.js';
import type { CausewayAttributes } from '#lib/radius/vendors/causeway.js';
import { DSL_FORUM, dslForum, dslForumDelays, dslForumRates } from '#lib/radius/vendors/dsl-forum.js';
import type { AaaConfig } from './config.js';
import { userName } from './user-name.js';

const MAX_VENDOR_OCTETS = 247;
const CHALLENGE_BYTES = 16;

/** Who we are: in every request of ours. */
export function nasAttributes({ nas }: Pick<AaaConfig, 'nas'>): AttributeInput[] {
  return [
    attribute(attributes.nasIdentifier, nas.identifier),
    ...(nas.ipAddress === undefined ? [] : [attribute(attributes.nasIpAddress, nas.ipAddress)]),
    attribute(attributes.nasPortType, nas.portType),
  ];
}

/** Where the subscriber is: alike in Access-Request and accounting. What is not known is left out. */
export function lineAttributes(identity: AccessIdentity | undefined, causeway: CausewayAttributes): AttributeInput[] {
  const line = identity?.line;
  const agentCircuitId = identity?.circuitId.subarray(0, MAX_VENDOR_OCTETS) ?? Buffer.alloc(0);
  const agentRemoteId = identity?.remoteId.subarray(0, MAX_VENDOR_OCTETS) ?? Buffer.alloc(0);
  return [
    ...(identity?.mac ? [attribute(attributes.callingStationId, identity.mac)] : []),
    ...(line?.name ? [attribute(attributes.nasPortId, line.name), attribute(causeway.lineId, line.name)] : []),
    ...(line?.vrf ? [attribute(causeway.vrf, line.vrf)] : []),
    ...(agentCircuitId.length > 0 ? [attribute(dslForum.agentCircuitId, agentCircuitId)] : []),
    ...(agentRemoteId.length > 0 ? [attribute(dslForum.agentRemoteId, agentRemoteId)] : []),
  ];
}

/** An Access-Request; the password is proved as configured. */
export function accessRequest(
  config: Pick<AaaConfig, 'nas' | 'authMethod'>,
  causeway: CausewayAttributes,
  subscriber: { userName: string; password: string; sessionId: string; identity: AccessIdentity },
): AttributeInput[] {
  return [
    attribute(attributes.userName, subscriber.userName),
    ...proof(config.authMethod, subscriber.password),
    attribute(attributes.serviceType, ServiceType.framed),
    attribute(attributes.acctSessionId, subscriber.sessionId),
    ...nasAttributes(config),
    ...portAttributes(config, subscriber.identity),
    ...lineAttributes(subscriber.identity, causeway),
    ...relayAgentAttributes(subscriber.identity.relayAgent, causeway),
  ];
}

function proof(method: AaaConfig['authMethod'], password: string): AttributeInput[] {
  if (method === 'pap') return [attribute(attributes.userPassword, password)];
  const challenge = randomBytes(CHALLENGE_BYTES);
  return [
    attribute(attributes.chapPassword, chapPassword(randomInt(256), Buffer.from(password), challenge)),
    attribute(attributes.chapChallenge, challenge),
  ];
}

/** NAS-Port is 12 bits of outer and 12 bits of inner VLAN. */
function portAttributes({ nas }: Pick<AaaConfig, 'nas'>, identity: AccessIdentity): AttributeInput[] {
  const { outerVlan = 0, innerVlan = 0 } = identity.line ?? {};
  const called = nas.calledStationId === undefined ? '' : userName(nas.calledStationId, identity);
  return [
    ...(outerVlan > 0 ? [attribute(attributes.nasPort, outerVlan * 4096 + innerVlan)] : []),
    ...(called === '' ? [] : [attribute(attributes.calledStationId, called)]),
  ];
}

/** Option 82 as it came, and what it says of a DSL line (RFC 4679). */
function relayAgentAttributes(relayAgent: Buffer, causeway: CausewayAttributes): AttributeInput[] {
  const info = decodeRelayAgent(relayAgent);
  if (relayAgent.length === 0 || !info.ok) return [];
  const line = vendorInformation(info.value, DSL_FORUM);
  const numbers = (rows: readonly AttributeRow<number>[], unit: number) =>
    rows.flatMap((row) => {
      const bytes = Buffer.from(line.get(row.type) ?? []);
      return bytes.length === 4 ? [attribute(row, Math.min(bytes.readUInt32BE() * unit, 0xffffffff))] : [];
    });
  const encapsulation = line.get(dslForum.accessLoopEncapsulation.type);
  return [
    ...pieces(relayAgent).map((piece) => attribute(causeway.relayAgent, piece)),
    ...numbers(dslForumRates, 1000),
    ...numbers(dslForumDelays, 1),
    ...(encapsulation?.length === 3 ? [attribute(dslForum.accessLoopEncapsulation, Buffer.from(encapsulation))] : []),
  ];
}

function pieces(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += MAX_VENDOR_OCTETS) found.push(bytes.subarray(at, at + MAX_VENDOR_OCTETS));
  return found;
}
