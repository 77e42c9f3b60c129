import { allOperations } from '#lib/vpp/messages/all.js';
import { sockclntDelete } from '#lib/vpp/messages/memclnt.js';
import { abfHandlers } from './abf.js';
import { accessHandlers } from './access.js';
import { aclHandlers } from './acl.js';
import { bondHandlers } from './bond.js';
import { classifyHandlers } from './classify.js';
import { det44Handlers } from './det44.js';
import { edgeHandlers } from './edge.js';
import { exportingHandlers } from './exporting.js';
import { type Handler, unimplemented } from './handler.js';
import { interfaceHandlers } from './interface.js';
import { ipHandlers } from './ip.js';
import { l2Handlers } from './l2.js';
import { lethalHandlers } from './lethal.js';
import { linkHandlers } from './links.js';
import { nat44EdHandlers } from './nat44-ed.js';
import { nat44EiHandlers } from './nat44-ei.js';
import { ndHandlers } from './nd.js';
import { neighbourHandlers } from './neighbour.js';
import { policerHandlers } from './policer.js';
import { qosHandlers } from './qos.js';
import { systemHandlers } from './system.js';
import { vrrpHandlers } from './vrrp.js';

const modelled: readonly Handler[] = [
  ...systemHandlers,
  ...interfaceHandlers,
  ...linkHandlers,
  ...ipHandlers,
  ...neighbourHandlers,
  ...policerHandlers,
  ...aclHandlers,
  ...accessHandlers,
  ...bondHandlers,
  ...l2Handlers,
  ...vrrpHandlers,
  ...nat44EdHandlers,
  ...nat44EiHandlers,
  ...det44Handlers,
  ...abfHandlers,
  ...qosHandlers,
  ...classifyHandlers,
  ...exportingHandlers,
  ...edgeHandlers,
  ...ndHandlers,
  ...lethalHandlers,
];

const known = new Set(modelled.map(({ request }) => request.name));

/** Everything the simulator answers, besides the handshake: what it models, and refusals for the rest of the gateway's messages. */
export const allHandlers: readonly Handler[] = [
  ...modelled,
  ...allOperations
    .filter((operation) => operation !== sockclntDelete && !known.has(operation.request.name))
    .map(unimplemented),
];
