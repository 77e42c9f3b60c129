import * as messages from '#lib/vpp/messages/l2.js';
import { retvals } from '#lib/vpp/retval.js';
import { noInterface, swIfIndex } from '#lib/vpp/types.js';
import { BD_FLAG, type BridgeDomain } from '../tables/bridge-domains.js';
import { type ApiContext, type Handler, onAck, onCall, onDump } from './handler.js';
import { created } from './interface.js';

const ALL = 0xffffffff;
const NO_MAC = '00:00:00:00:00:00';
const indexOr = (index: number | undefined) => (index === undefined ? noInterface : swIfIndex(index));

/** Bits of VPP's own feature bitmap, by `bd_flags`; every other bit is set. */
const FEATURE_BIT: readonly [flag: number, bit: number][] = [
  [BD_FLAG.flood, 1 << 2],
  [BD_FLAG.arpUforward, 1 << 3],
  [BD_FLAG.arpTerm, 1 << 4],
  [BD_FLAG.uuFlood, 1 << 5],
  [BD_FLAG.forward, 1 << 7],
  [BD_FLAG.learn, 1 << 9],
];
const UU_FORWARD_BIT = 1 << 6;
const featureBitmap = ({ flags, uuForward }: BridgeDomain): number => {
  const start = uuForward === undefined ? ALL & ~UU_FORWARD_BIT : ALL;
  return FEATURE_BIT.reduce((bitmap, [flag, bit]) => (flags & flag ? bitmap : bitmap & ~bit), start) >>> 0;
};

interface Features {
  flood: boolean;
  uu_flood: boolean;
  forward: boolean;
  learn: boolean;
  arp_term: boolean;
  arp_ufwd: boolean;
}
const flagOf: Record<keyof Features, number> = {
  flood: BD_FLAG.flood,
  uu_flood: BD_FLAG.uuFlood,
  forward: BD_FLAG.forward,
  learn: BD_FLAG.learn,
  arp_term: BD_FLAG.arpTerm,
  arp_ufwd: BD_FLAG.arpUforward,
};
const featureNames = Object.keys(flagOf) as (keyof Features)[];
const flagsOf = (features: Features): number =>
  featureNames.reduce((flags, name) => (features[name] ? flags | flagOf[name] : flags), 0);
const featuresOf = (flags: number) =>
  Object.fromEntries(featureNames.map((name) => [name, (flags & flagOf[name]) !== 0])) as Record<
    keyof Features,
    boolean
  >;

const domainDetails = (domain: BridgeDomain) => ({
  bd_id: domain.id,
  ...featuresOf(domain.flags),
  mac_age: domain.macAgeMinutes,
  bd_tag: domain.tag,
  bvi_sw_if_index: indexOr(domain.bvi),
  uu_fwd_sw_if_index: indexOr(domain.uuForward),
  sw_if_details: domain.members.map((member) => ({
    context: 0,
    sw_if_index: swIfIndex(member.swIfIndex),
    shg: member.splitHorizonGroup,
  })),
});

type MacRequest = Parameters<typeof changeMac>[0];
function changeMac(
  request: {
    mac: string;
    bd_id: number;
    sw_if_index: number;
    is_add: boolean;
    static_mac: boolean;
    filter_mac: boolean;
    bvi_mac: boolean;
  },
  { dataplane }: ApiContext,
): number {
  const { bridgeDomains, interfaces } = dataplane;
  const domain = bridgeDomains.get(request.bd_id);
  if (!domain) return retvals.NO_SUCH_ENTRY;
  const { mac, sw_if_index } = request;
  if (!request.is_add) return bridgeDomains.macs.remove(domain.place, mac, sw_if_index);
  const isFilter = request.filter_mac;
  if (!isFilter && !(interfaces.has(sw_if_index) && bridgeDomains.isBridged(sw_if_index)))
    return retvals.INVALID_SW_IF_INDEX;
  bridgeDomains.macs.set({
    place: domain.place,
    mac,
    swIfIndex: isFilter ? ALL : sw_if_index,
    isStatic: isFilter || request.static_mac,
    isFilter,
    isBvi: !isFilter && request.bvi_mac,
  });
  return 0;
}

function changeAddress(domain: BridgeDomain, isAdd: boolean, ip: string, mac: string): number {
  if (isAdd) domain.addresses.set(ip, mac);
  else if (domain.addresses.get(ip) !== mac) return retvals.UNSPECIFIED;
  else domain.addresses.delete(ip);
  return 0;
}

const chosen = ({ dataplane }: ApiContext, id: number): BridgeDomain[] =>
  dataplane.bridgeDomains.list().filter((domain) => id === ALL || domain.id === id);

export const l2Handlers: readonly Handler[] = [
  onCall(messages.bridgeDomainAddDelV2, (request, { dataplane }) => {
    const { bd_id, is_add, bd_tag, mac_age } = request;
    if (!is_add) return { retval: dataplane.bridgeDomains.remove(bd_id), bd_id };
    const settings = { tag: bd_tag, flags: flagsOf(request), macAgeMinutes: mac_age };
    const { retval, id } = dataplane.bridgeDomains.add(bd_id === ALL ? undefined : bd_id, settings);
    return { retval, bd_id: id };
  }),
  onDump(messages.bridgeDomainDump, ({ bd_id, sw_if_index }, context) =>
    sw_if_index === noInterface ? chosen(context, bd_id).map(domainDetails) : [],
  ),
  onAck(messages.bridgeDomainSetMacAge, ({ bd_id, mac_age }, { dataplane }) =>
    dataplane.bridgeDomains.change(bd_id, (domain) => {
      domain.macAgeMinutes = mac_age;
    }),
  ),
  onAck(messages.bridgeDomainSetLearnLimit, ({ bd_id }, { dataplane }) =>
    dataplane.bridgeDomains.change(bd_id, () => undefined),
  ),
  onCall(messages.bridgeFlags, ({ bd_id, is_set, flags }, { dataplane }) => {
    let bitmap = 0;
    const retval = dataplane.bridgeDomains.change(bd_id, (domain) => {
      dataplane.bridgeDomains.setFlags(domain, flags, is_set);
      bitmap = featureBitmap(domain);
    });
    return { retval, resulting_feature_bitmap: bitmap };
  }),
  onCall(messages.bviCreate, ({ mac, user_instance }, { dataplane }) =>
    created(dataplane.bvis.create(user_instance === ALL ? undefined : user_instance, mac === NO_MAC ? undefined : mac)),
  ),
  onAck(messages.bviDelete, ({ sw_if_index }, { dataplane }) => dataplane.bvis.remove(sw_if_index)),
  onAck(messages.swInterfaceSetL2Bridge, ({ rx_sw_if_index, bd_id, port_type, shg, enable }, { dataplane }) =>
    enable
      ? dataplane.bridgeDomains.bridge(rx_sw_if_index, bd_id, port_type, shg)
      : dataplane.bridgeDomains.route(rx_sw_if_index),
  ),
  onAck(messages.swInterfaceSetL2Xconnect, ({ rx_sw_if_index, tx_sw_if_index, enable }, { dataplane }) =>
    enable
      ? dataplane.bridgeDomains.crossConnect(rx_sw_if_index, tx_sw_if_index)
      : dataplane.bridgeDomains.route(rx_sw_if_index),
  ),
  onDump(messages.l2XconnectDump, (_, { dataplane }) =>
    dataplane.bridgeDomains
      .crossConnects()
      .map(({ from, to }) => ({ rx_sw_if_index: swIfIndex(from), tx_sw_if_index: swIfIndex(to) })),
  ),
  onAck(messages.l2fibAddDel, (request: MacRequest, context) => changeMac(request, context)),
  onDump(messages.l2FibTableDump, ({ bd_id }, { dataplane }) => {
    const { bridgeDomains } = dataplane;
    const domain = bridgeDomains.get(bd_id);
    if (bd_id !== ALL && !domain) return [];
    return bridgeDomains.macs.list(domain?.place).map((entry) => ({
      bd_id: bridgeDomains.idAt(entry.place) ?? ALL,
      mac: entry.mac,
      sw_if_index: swIfIndex(entry.swIfIndex),
      static_mac: entry.isStatic,
      filter_mac: entry.isFilter,
      bvi_mac: entry.isBvi,
    }));
  }),
  onAck(messages.l2fibFlushBd, ({ bd_id }, { dataplane }) =>
    dataplane.bridgeDomains.get(bd_id) ? 0 : retvals.NO_SUCH_ENTRY,
  ),
  onAck(messages.l2InterfaceVlanTagRewrite, (request, { dataplane }) =>
    dataplane.tagRewrites.set(request.sw_if_index, {
      op: request.vtr_op,
      pushDot1q: request.push_dot1q !== 0,
      tag1: request.tag1,
      tag2: request.tag2,
    }),
  ),
  onAck(messages.bdIpMacAddDel, ({ is_add, entry }, { dataplane }) => {
    const domain = dataplane.bridgeDomains.get(entry.bd_id);
    return domain ? changeAddress(domain, is_add, entry.ip, entry.mac) : retvals.NO_SUCH_ENTRY;
  }),
  onDump(messages.bdIpMacDump, ({ bd_id }, context) =>
    chosen(context, bd_id).flatMap((domain) =>
      [...domain.addresses].map(([ip, mac]) => ({ entry: { bd_id: domain.id, ip, mac } })),
    ),
  ),
];
