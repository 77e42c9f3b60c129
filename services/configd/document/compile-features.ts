import type { Resource } from '../reconcile/resource.js';
import { flowprobe } from '../resources/flowprobe.js';
import { flowprobeInterface } from '../resources/flowprobe-interface.js';
import { ip6 } from '../resources/ip6.js';
import { ipfixExporter } from '../resources/ipfix-exporter.js';
import { lldp, lldpDefaults } from '../resources/lldp.js';
import { lldpInterface } from '../resources/lldp-interface.js';
import { mssClamp } from '../resources/mss-clamp.js';
import { ndProxy } from '../resources/nd-proxy.js';
import { ndProxyHost } from '../resources/nd-proxy-host.js';
import { neighbour } from '../resources/neighbour.js';
import { neighbourLimits } from '../resources/neighbour-limits.js';
import { policerAttach } from '../resources/policer-attach.js';
import { promiscuous } from '../resources/promiscuous.js';
import { proxyArpRange } from '../resources/proxy-arp-range.js';
import { puntPolicer } from '../resources/punt-policer.js';
import { qosMark } from '../resources/qos-mark.js';
import { qosRecord } from '../resources/qos-record.js';
import { qosStore } from '../resources/qos-store.js';
import { raPrefix } from '../resources/ra-prefix.js';
import { routerAdvertisement } from '../resources/router-advertisement.js';
import { rxQueue } from '../resources/rx-queue.js';
import { urpf } from '../resources/urpf.js';
import { compileQosMaps, qosMapKey } from './compile-qos-maps.js';
import { compileVrrp } from './compile-vrrp.js';
import { interfaceKeyOf, inVrf } from './keys.js';
import type { AnyInterface, Interfaces, Model, Port } from './model.js';
import { raTimes } from './ra-times.js';

const families = ['ip4', 'ip6'] as const;
const sides = ['in', 'out'] as const;

/** What a port or sub-interface does beyond being there and having addresses. */
export function compileFeatures(model: Interfaces, item: AnyInterface): Resource[] {
  const key = interfaceKeyOf(item);
  return [
    ...compileIp6(item, key),
    ...compileGuards(item, key),
    ...compileVrrp(model, item),
    ...compileQos(item, key),
    ...(item.type === 'sub-interface' ? [] : compilePortFeatures(item, key)),
  ];
}

/** What turns IPv6 on whatever the addresses are. */
export const wantsIp6 = ({ config }: AnyInterface): boolean =>
  config.ip6 || config.routerAdvertisement !== undefined || config.proxyNd || config.proxyNdHosts.length > 0;

function compileIp6(item: AnyInterface, key: string): Resource[] {
  const { config } = item;
  const place = { interface: key, ...inVrf(config.vrf) };
  if (!wantsIp6(item)) return [];
  const resources: Resource[] = [ip6.of(place)];
  const { prefixes = [], ...ra } = config.routerAdvertisement ?? {};
  if (config.routerAdvertisement)
    resources.push(
      routerAdvertisement.of({ interface: key, ...ra, ...raTimes(config.routerAdvertisement) }),
      ...prefixes.map((prefix) => raPrefix.of({ interface: key, ...prefix })),
    );
  if (config.proxyNd) resources.push(ndProxy.of({ interface: key }));
  return [...resources, ...config.proxyNdHosts.map((address) => ndProxyHost.of({ ...place, address }))];
}

function compileGuards({ config }: AnyInterface, key: string): Resource[] {
  const place = { interface: key, ...inVrf(config.vrf) };
  const resources: Resource[] = config.neighbours.map((one) => neighbour.of({ ...place, ...one }));
  for (const family of families) {
    const mode = config.urpf?.[family];
    if (mode) resources.push(urpf.of({ ...place, family, mode }));
  }
  for (const direction of sides) {
    const name = config.policer?.[direction];
    if (name) resources.push(policerAttach.of({ interface: key, direction, policer: `policer/${name}` }));
  }
  const clamp = config.mssClamp;
  if (clamp?.ip4 !== undefined || clamp?.ip6 !== undefined)
    resources.push(mssClamp.of({ interface: key, ...defined(clamp) }));
  if (config.flowprobe) resources.push(flowprobeInterface.of({ interface: key, ...config.flowprobe }));
  return resources;
}

function compileQos({ config }: AnyInterface, key: string): Resource[] {
  const { record = [], store, mark = {} } = config.qos ?? {};
  const marks = (['dscp', 'pcp'] as const).flatMap((writes) => {
    const name = mark[writes];
    return name === undefined ? [] : [qosMark.of({ interface: key, writes, map: qosMapKey(name) })];
  });
  return [
    ...record.map((source) => qosRecord.of({ interface: key, source })),
    ...(store === undefined ? [] : [qosStore.of({ interface: key, dscp: store })]),
    ...marks,
  ];
}

function compilePortFeatures({ config }: Port, key: string): Resource[] {
  return [
    ...(config.promiscuous ? [promiscuous.of({ interface: key })] : []),
    ...config.rxQueues.map((queue) => rxQueue.of({ interface: key, ...defined(queue) })),
    ...(config.lldp ? [lldpInterface.of({ interface: key, ...defined(config.lldp) })] : []),
  ];
}

/** What is said once for the node. */
export function compileNodeFeatures(model: Model, nodeName: string): Resource[] {
  const { document } = model;
  const limits = families.flatMap((family) => {
    const own = document.neighbourLimits[family];
    return own ? [neighbourLimits.of({ family, ...own })] : [];
  });
  const punt = families.flatMap((family) => {
    const name = document.puntPolicers[family];
    return name === undefined ? [] : [puntPolicer.of({ family, policer: `policer/${name}` })];
  });
  const ranges = document.proxyArpRanges.map(({ vrf, first, last }) =>
    proxyArpRange.of({ ...inVrf(vrf), low: first, high: last }),
  );
  return [...limits, ...punt, ...ranges, ...compileQosMaps(model), ...compileTelemetry(model, nodeName)];
}

function compileTelemetry({ document, interfaces }: Model, nodeName: string): Resource[] {
  const resources: Resource[] = [];
  if (document.ipfix) {
    const { vrf, ...exporter } = document.ipfix;
    resources.push(ipfixExporter.of({ ...inVrf(vrf), ...exporter }));
  }
  if (document.flowprobe) {
    const { record, ...times } = document.flowprobe;
    const told = { l2: record.includes('l2'), l3: record.includes('l3'), l4: record.includes('l4') };
    resources.push(flowprobe.of({ record: told, ...times }));
  }
  const speaks = [...interfaces.values()].some((item) => item.type !== 'sub-interface' && item.config.lldp);
  const own = document.lldp ?? (speaks ? lldpDefaults : undefined);
  if (own) resources.push(lldp.of({ ...own, systemName: document.lldp?.systemName ?? nodeName }));
  return resources;
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The fields that have a value. */
function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
