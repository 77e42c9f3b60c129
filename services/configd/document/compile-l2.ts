import type { Resource } from '../reconcile/resource.js';
import { bridgeDomain } from '../resources/bridge-domain.js';
import { bridgePort } from '../resources/bridge-port.js';
import { crossConnect } from '../resources/cross-connect.js';
import { stableMac } from '../resources/names.js';
import { staticMac } from '../resources/static-mac.js';
import { tagRewrite } from '../resources/tag-rewrite.js';
import { interfaceKeyOf, keyNamed, numbersFor } from './keys.js';
import type { AnyInterface, Interfaces, Model } from './model.js';

/** VPP's highest bridge domain; 0 is its drop domain. */
const maxDomain = 0xffffff;

/** The bridge domains with their static MACs. */
export function compileBridgeDomains(model: Model): Resource[] {
  const domains = Object.entries(model.document.bridgeDomains);
  const ids = numbersFor(
    domains.map(([name]) => name),
    maxDomain,
  );
  return domains.flatMap(([name, { description: _, staticMacs, learnLimit, ...config }]) => {
    const limit = learnLimit === undefined ? {} : { learnLimit };
    const domain = bridgeDomain.of({ ...config, ...limit, name, id: 1 + (ids.get(name) ?? 0) });
    return [
      domain,
      ...staticMacs.map(({ mac, interface: behind }) =>
        staticMac.of({ domain: domain.key, mac, ...(behind !== undefined && { interface: keyNamed(model, behind) }) }),
      ),
    ];
  });
}

/** What makes an interface one of layer 2. */
export function compileL2(model: Interfaces, item: AnyInterface, nodeName: string): Resource[] {
  const { bridge, crossConnect: peer, tagRewrite: rewrite } = item.config;
  const key = interfaceKeyOf(item);
  const resources: Resource[] = [];
  if (bridge)
    resources.push(
      bridgePort.of({
        interface: key,
        domain: `bridge-domain/${bridge.domain}`,
        splitHorizon: bridge.splitHorizon,
        ...(item.type === 'loopback' && { bvi: item.config.mac ?? stableMac(nodeName, item.name) }),
      }),
    );
  if (peer !== undefined) {
    const to = keyNamed(model, peer);
    resources.push(crossConnect.of({ interface: key, to }), crossConnect.of({ interface: to, to: key }));
  }
  if (rewrite) {
    const { pop, push, pushOuterTag } = rewrite;
    const attachment = bridge ? ('bridge-port' as const) : ('cross-connect' as const);
    resources.push(tagRewrite.of({ interface: key, attachment, pop, push, dot1ad: pushOuterTag === 'dot1ad' }));
  }
  return resources;
}
