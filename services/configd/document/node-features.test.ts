import { describe, expect, it, test } from '@jest/globals';
import { loadDocument } from './load-document.js';
import { problemText } from './problem.js';

const said = (text: string): string[] => {
  const loaded = loadDocument(text);
  return (loaded.ok ? loaded.warnings : loaded.errors).map(problemText);
};

/** `extra` are keys of the port `x`, which begin at 3:60. */
const onPort = (extra: string) => `interfaces:
  y: { loopback: {}, addresses: [192.0.2.9/32, 2001:db8:9::9/128] }
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24], ${extra} }
policers: { gold: { cirBps: 1G } }
qosMaps: { to-pcp: { writes: pcp }, to-dscp: { writes: dscp } }
`;
/** `extra` are keys of the whole document, at line 4. */
const onTop = (extra: string) => `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24], flowprobe: { traffic: ip4 } }
vrfs: { blue: { table: 10 } }
${extra}
`;

describe('marks, policers and queues that are refused', () => {
  it.each([
    [
      'an unknown policer',
      'policer: { in: golf }',
      '3:82: interfaces.x.policer.in: there is no policer "golf"; write it under policers; did you mean "gold"?',
    ],
    [
      'an unknown map',
      'qos: { mark: { dscp: to-dcsp } }',
      '3:88: interfaces.x.qos.mark.dscp: there is no QoS map "to-dcsp"; write it under qosMaps; did you mean "to-dscp"?',
    ],
    [
      'a map that writes something else',
      'qos: { mark: { dscp: to-pcp } }',
      '3:88: interfaces.x.qos.mark.dscp: the map "to-pcp" writes pcp, not dscp',
    ],
    [
      'a priority without a tag',
      'qos: { mark: { pcp: to-pcp } }',
      '3:87: interfaces.x.qos.mark.pcp: the priority stands in a VLAN tag, and "x" itself has none; write it on a sub-interface',
    ],
    [
      'a priority recorded without a tag',
      'qos: { record: [pcp] }',
      '3:83: interfaces.x.qos.record[0]: the priority stands in a VLAN tag, and "x" itself has none; write it on a sub-interface',
    ],
    [
      'a mark recorded twice',
      'qos: { record: [dscp, dscp] }',
      '3:89: interfaces.x.qos.record[1]: dscp stands twice in this list',
    ],
    [
      'a mark beyond six bits',
      'qos: { store: 64 }',
      '3:81: interfaces.x.qos.store: "64" is no mark: 0 to 63, or a name such as ef, af41 or cs3',
    ],
    [
      'a queue twice',
      'rxQueues: [{ queue: 0, mode: polling }, { queue: 0, worker: main }]',
      '3:116: interfaces.x.rxQueues[1].queue: queue 0 already stands in rxQueues[0]',
    ],
    [
      'a queue of which nothing is said',
      'rxQueues: [{ queue: 0 }]',
      '3:78: interfaces.x.rxQueues[0]: what of it? write mode, worker or both',
    ],
    [
      'layer 2 flows without the whole',
      'flowprobe: { traffic: l2 }',
      '3:78: interfaces.x.flowprobe: what should be recorded? write flowprobe at the top of the document too',
    ],
  ])('%s', (_name, extra, message) => {
    expect(said(onPort(extra))).toEqual([message]);
  });

  it.each([
    [
      'a name',
      'x: { writes: dscp, dscp: [{ from: eff, to: 1 }] }',
      '1:46: qosMaps.x.dscp[0].from[0]: "eff" is no mark and no range of marks (46, ef or 8-15)',
    ],
    [
      'a range backwards',
      'x: { writes: dscp, dscp: [{ from: 9-3, to: 1 }] }',
      '1:46: qosMaps.x.dscp[0].from[0]: the range 9-3 runs backwards; write 3-9',
    ],
    [
      'a priority of 8',
      'x: { writes: dscp, pcp: [{ from: 8, to: 1 }] }',
      '1:45: qosMaps.x.pcp[0].from[0]: 8 is no priority; 0 to 7',
    ],
    [
      'ef as priority',
      'x: { writes: pcp, dscp: [{ from: ef, to: ef }] }',
      '1:53: qosMaps.x.dscp[0].to: 46 is no priority; 0 to 7',
    ],
    [
      'a mark mapped twice',
      'x: { writes: pcp, dscp: [{ from: ef, to: 5 }, { from: 40-48, to: 6 }] }',
      '1:66: qosMaps.x.dscp[1].from[0]: DSCP 46 is mapped twice; the first one counts',
    ],
  ])('%s in a map', (_name, map, message) => {
    expect(said(`qosMaps: { ${map} }\n`)).toEqual([message]);
  });

  it('what only a wire has, on a loopback', () => {
    expect(
      said('interfaces: { x: { loopback: {}, promiscuous: true, lldp: {}, rxQueues: [{ queue: 0, worker: 1 }] } }'),
    ).toEqual([
      '1:34: interfaces.x.promiscuous: "x" is a loopback: no wire, no queues and no neighbours',
      '1:53: interfaces.x.lldp: "x" is a loopback: no wire, no queues and no neighbours',
      '1:63: interfaces.x.rxQueues: "x" is a loopback: no wire, no queues and no neighbours',
    ]);
  });
});

describe('keys of the node that are refused', () => {
  const flows = 'flowprobe: {}\n';
  it.each([
    [
      'an IPv6 collector',
      'ipfix: { collector: "2001:db8::9", source: 10.0.0.1 }',
      '5:21: ipfix.collector: 2001:db8::9 is IPv6; an IPv4 address is expected (192.0.2.1)',
    ],
    [
      'a source that is nowhere',
      'ipfix: { collector: 10.0.0.9, source: 10.0.0.2 }',
      '5:39: ipfix.source: 10.0.0.2 is no address of any interface; the source must be an address of an interface in the VRF of the collector (default)',
    ],
    [
      'a source in another VRF',
      'ipfix: { collector: 10.0.0.9, source: 10.0.0.1, vrf: blue }',
      '5:39: ipfix.source: 10.0.0.1 is in VRF default; the source must be an address of an interface in the VRF of the collector (blue)',
    ],
    [
      'itself as collector',
      'ipfix: { collector: 10.0.0.1, source: 10.0.0.1 }',
      '5:21: ipfix.collector: 10.0.0.1 is an address of this node; the collector is another host',
    ],
    [
      'a path MTU of Ethernet',
      'ipfix: { collector: 10.0.0.9, source: 10.0.0.1, pathMtu: 1500 }',
      '5:58: ipfix.pathMtu: a path MTU is a whole number from 68 to 1450, not 1500',
    ],
  ])('%s', (_name, extra, message) => {
    expect(said(onTop(flows + extra))).toEqual([message]);
  });

  it.each([
    [
      'flows without the whole',
      '',
      ['2:78: interfaces.x.flowprobe: what should be recorded? write flowprobe at the top of the document too'],
    ],
    ['flows for nobody', flows, ['4:12: flowprobe: flows are told to nobody without ipfix at the top of the document']],
    [
      'timers',
      `flowprobe: { activeS: 60, passiveS: 20 }\nipfix: { collector: 10.0.0.9, source: 10.0.0.1 }`,
      ['4:37: flowprobe.passiveS: passiveS 20 is less than activeS 60; write 0 or at least that'],
    ],
    [
      'every packet by itself',
      `flowprobe: { activeS: 0, passiveS: 0 }\nipfix: { collector: 10.0.0.9, source: 10.0.0.1 }`,
      ['4:23: flowprobe.activeS: an interval is a whole number from 1 to 86400, not 0'],
    ],
    [
      'nothing recorded',
      `flowprobe: { record: [] }\nipfix: { collector: 10.0.0.9, source: 10.0.0.1 }`,
      ['4:22: flowprobe.record: at least one of l2, l3 and l4 is expected'],
    ],
    [
      'an unknown punt policer',
      `${flows}ipfix: { collector: 10.0.0.9, source: 10.0.0.1 }\npuntPolicers: { ip4: slow }`,
      ['6:22: puntPolicers.ip4: there is no policer "slow"; write it under policers'],
    ],
    [
      'a range backwards',
      `${flows}ipfix: { collector: 10.0.0.9, source: 10.0.0.1 }\nproxyArpRanges: [{ first: 10.0.0.9, last: 10.0.0.3 }]`,
      ['6:43: proxyArpRanges[0].last: the range runs backwards; write first: 10.0.0.3, last: 10.0.0.9'],
    ],
    [
      'a range of no VRF',
      `${flows}ipfix: { collector: 10.0.0.9, source: 10.0.0.1 }\nproxyArpRanges: [{ vrf: blu, first: 10.0.0.1, last: 10.0.0.3 }]`,
      ['6:25: proxyArpRanges[0].vrf: there is no VRF "blu"; write it under vrfs; did you mean "blue"?'],
    ],
  ])('%s', (_name, extra, messages) => {
    expect(said(onTop(extra))).toEqual(messages);
  });
});

describe('a plugin that VPP runs without', () => {
  const text = onTop(`flowprobe: {}
ipfix: { collector: 10.0.0.9, source: 10.0.0.1 }
lldp: {}`).replace(
    'flowprobe: { traffic',
    'mssClamp: 1400, vrrp: [{ id: 1, addresses: [10.0.0.2] }], flowprobe: { traffic',
  );
  const without = (missing: string) => {
    const loaded = loadDocument(text, { hasPlugin: (plugin) => plugin !== missing });
    return loaded.ok ? [] : loaded.errors.map(problemText);
  };

  test.each([
    ['mss_clamp', ['2:67: interfaces.x.mssClamp: "mssClamp" needs']],
    ['vrrp', ['2:83: interfaces.x.vrrp: "vrrp" needs']],
    ['flowprobe', ['2:125: interfaces.x.flowprobe: "flowprobe" needs', '4:1: flowprobe: "flowprobe" needs']],
    ['lldp', ['6:1: lldp: "lldp" needs']],
    ['lacp', []],
  ])('%s', (plugin, begins) => {
    const rest = ` VPP's plugin ${plugin}, which is not loaded: enable ${plugin}_plugin.so in startup.conf, or leave it out`;
    expect(without(plugin)).toEqual(begins.map((begin) => begin + rest));
  });
});
