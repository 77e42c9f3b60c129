import { type AnyInterface, type Model, portOf, subInterfaceCount, writtenInterfaces } from '../model.js';
import { mistake, type Path, type Problem } from '../problem.js';
import { didYouMean } from '../suggest.js';

/** The other end of each cross-connected interface, whichever of both says so. */
export function peersOf(model: Model): ReadonlyMap<string, string> {
  const peers = new Map<string, string>();
  for (const { name, config } of model.interfaces.values())
    if (config.crossConnect !== undefined) peers.set(name, config.crossConnect);
  for (const [name, peer] of [...peers]) if (!peers.has(peer)) peers.set(peer, name);
  return peers;
}

/** Cross-connects to nowhere, to what is bridged, and of more than two. */
export function checkCrossConnects(model: Model, peers: ReadonlyMap<string, string>): Problem[] {
  return [...writtenInterfaces(model)].flatMap((item) => checkOne(model, item, peers));
}

function checkOne(model: Model, item: AnyInterface, peers: ReadonlyMap<string, string>): Problem[] {
  const peer = item.config.crossConnect;
  if (peer === undefined) return [];
  const path: Path = [...item.path, 'crossConnect'];
  const refuse = (message: string) => [mistake(path, message)];
  if (item.config.bridge) return refuse('an interface is either bridged or cross-connected');
  if (item.type === 'loopback') return refuse('a loopback cannot be cross-connected; it carries no frames');
  if (item.type === 'sub-interface' && subInterfaceCount(item.config) > 1)
    return refuse(`this entry makes ${subInterfaceCount(item.config)} sub-interfaces; a cross-connect has two ends`);
  if (peer === item.name) return refuse('an interface cannot be connected to itself');
  const other = model.interfaces.get(peer);
  if (!other) {
    if (model.doubtful.has(portOf(peer))) return [];
    return refuse(`there is no interface "${peer}"${didYouMean(peer, [...model.interfaces.keys()].slice(0, 2000))}`);
  }
  if (other.type === 'loopback') return refuse(`"${peer}" is a loopback, which carries no frames`);
  if (other.config.bridge) return refuse(`"${peer}" is in the bridge domain "${other.config.bridge.domain}"`);
  const taken = peers.get(peer);
  return taken === item.name ? [] : refuse(`"${peer}" is connected to "${taken}" already`);
}
