import { type AnyInterface, type Model, type Port, portOf, writtenInterfaces } from '../model.js';
import { parseAddress } from '../prefix.js';
import { advice, mistake, type Problem } from '../problem.js';

/** IPFIX, flowprobe, LLDP and receive queues. */
export function checkTelemetry(model: Model): Problem[] {
  const interfaces = [...writtenInterfaces(model)];
  return [
    ...checkExporter(model, interfaces),
    ...checkFlowprobe(model, interfaces),
    ...interfaces.flatMap((item) => (item.type === 'sub-interface' ? [] : checkPort(item))),
  ];
}

function checkExporter({ document: { ipfix }, doubtful }: Model, interfaces: readonly AnyInterface[]): Problem[] {
  if (!ipfix) return [];
  const source = parseAddress(ipfix.source)?.address;
  const sure = interfaces.filter(({ name }) => !doubtful.has(portOf(name)));
  const holder = (wanted: bigint | undefined) =>
    sure.find(({ addresses }) => addresses.some(({ prefix }) => prefix.family === 4 && prefix.address === wanted));
  if (holder(parseAddress(ipfix.collector)?.address))
    return [
      mistake(['ipfix', 'collector'], `${ipfix.collector} is an address of this node; the collector is another host`),
    ];
  const at = holder(source);
  if (at?.config.vrf === ipfix.vrf || (doubtful.size > 0 && !at)) return [];
  const is = at ? `is in VRF ${at.config.vrf}` : 'is no address of any interface';
  const message = `${ipfix.source} ${is}; the source must be an address of an interface in the VRF of the collector (${ipfix.vrf})`;
  return [mistake(['ipfix', 'source'], message)];
}

function checkFlowprobe({ document }: Model, interfaces: readonly AnyInterface[]): Problem[] {
  const { flowprobe, ipfix } = document;
  const watched = interfaces.filter(({ config }) => config.flowprobe);
  const problems = watched.flatMap(({ config, path, type }) => {
    const at = [...path, 'flowprobe'];
    if (!flowprobe) return [mistake(at, 'what should be recorded? write flowprobe at the top of the document too')];
    if (config.flowprobe?.traffic === 'l2' && type === 'sub-interface')
      return [mistake([...at, 'traffic'], 'VPP sees l2 flows on ports only; write ip4 or ip6, or put it on the port')];
    return [];
  });
  if (flowprobe && flowprobe.passiveS !== 0 && flowprobe.passiveS < flowprobe.activeS)
    problems.push(
      mistake(
        ['flowprobe', 'passiveS'],
        `passiveS ${flowprobe.passiveS} is less than activeS ${flowprobe.activeS}; write 0 or at least that`,
      ),
    );
  const told = flowprobe?.record.findIndex((what, index, all) => all.indexOf(what) < index) ?? -1;
  if (told >= 0)
    problems.push(mistake(['flowprobe', 'record', told], `${flowprobe?.record[told]} stands twice in this list`));
  if (watched.length > 0 && flowprobe && !ipfix)
    problems.push(advice(['flowprobe'], 'flows are told to nobody without ipfix at the top of the document'));
  return problems;
}

function checkPort({ config, path, type, name }: Port): Problem[] {
  const queues = config.rxQueues.flatMap(({ queue, mode, worker }, index) => {
    const at = [...path, 'rxQueues', index];
    if (mode === undefined && worker === undefined) return [mistake(at, 'what of it? write mode, worker or both')];
    const earlier = config.rxQueues.findIndex((other) => other.queue === queue);
    return earlier < index ? [mistake([...at, 'queue'], `queue ${queue} already stands in rxQueues[${earlier}]`)] : [];
  });
  if (type !== 'loopback') return queues;
  return (['rxQueues', 'lldp', 'promiscuous'] as const).flatMap((key) => {
    const used = key === 'rxQueues' ? config.rxQueues.length > 0 : config[key] !== undefined && config[key] !== false;
    return used ? [mistake([...path, key], `"${name}" is a loopback: no wire, no queues and no neighbours`, true)] : [];
  });
}
