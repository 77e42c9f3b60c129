import type { GroupConfig } from '../config.js';
import type { ClientMessage } from '../dhcp/ingress.js';
import type { Session } from './session.js';

/** What the group says of the VRF a session was put into; undefined when it is in that of its line. */
export function vrfOf(session: Pick<Session, 'vrf' | 'identity'>, group: GroupConfig | undefined) {
  if (session.vrf === (session.identity.line?.vrf ?? '')) return undefined;
  return group?.vrfs.find(({ name }) => name === session.vrf);
}

/** A client's message as one from the VRF that its session is in. */
export function inItsVrf(message: ClientMessage, session: Session | undefined): ClientMessage {
  const vrf = session && vrfOf(session, message.group);
  return vrf ? { ...message, gateway: vrf.gateway, line: { ...message.line, vrf: vrf.name } } : message;
}
