import { expect, test } from '@jest/globals';
import { createSubif, deleteSubif, swInterfaceSetMtu } from '#lib/vpp/messages/interface.js';
import type { SwIfIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { askEach } from './ask-each.js';
import { following, request, runScript, type Script } from './script.js';

const port = 1 as SwIfIndex;
const line = 7 as SwIfIndex;
const subif = { sw_if_index: port, sub_id: 7, sub_if_flags: 0, outer_vlan_id: 7, inner_vlan_id: 0 };
const mtu = (value: number) => request(swInterfaceSetMtu, { sw_if_index: line, mtu: [value, 0, 0, 0] });
const remove = request(deleteSubif, { sw_if_index: line });

/** Notes what is sent and refuses the requests at these positions. */
function noting(refused: readonly number[] = []) {
  const sent: string[] = [];
  const answer = (name: string) => {
    sent.push(name);
    if (refused.includes(sent.length - 1)) return new Error(`${name} refused`);
    return { retval: 0, sw_if_index: line };
  };
  const send: Dataplane['send'] = (op, _request, answered, failed) => {
    const reply = answer(op.request.name);
    if (reply instanceof Error) failed(reply);
    else answered(reply as never);
  };
  const call = async (op: { request: { name: string } }) => {
    const reply = answer(op.request.name);
    if (reply instanceof Error) throw reply;
    return reply;
  };
  return { sent, callbacks: { send } as unknown as Dataplane, promises: { call, ask: call } as unknown as Dataplane };
}

const outcome = <H>(vpp: Dataplane, script: Script<H>): Promise<H> =>
  new Promise((resolve, reject) => {
    runScript(vpp, script, resolve, reject);
  });

const making = following(createSubif, subif, ({ sw_if_index }) => ({
  requests: [mtu(1500), mtu(1400)],
  back: [remove],
  handle: sw_if_index,
}));

test.each(['callbacks', 'promises'] as const)('goes on with the reply and ends with the handle, by %s', async (how) => {
  const vpp = noting();
  expect(await outcome(vpp[how], making)).toBe(line);
  expect(vpp.sent).toEqual(['create_subif', 'sw_interface_set_mtu', 'sw_interface_set_mtu']);
});

test.each(['callbacks', 'promises'] as const)(
  'takes back what was done when a request is refused, by %s',
  async (how) => {
    const vpp = noting([1]);
    await expect(outcome(vpp[how], making)).rejects.toThrow('sw_interface_set_mtu refused');
    expect(vpp.sent).toEqual(['create_subif', 'sw_interface_set_mtu', 'sw_interface_set_mtu', 'delete_subif']);
  },
);

test('tells the first refusal when taking back is refused too', async () => {
  await expect(outcome(noting([1, 3]).callbacks, making)).rejects.toThrow('sw_interface_set_mtu refused');
});

test('fails when what follows a reply throws', async () => {
  const broken = following(createSubif, subif, () => {
    throw new Error('no such key');
  });
  await expect(outcome(noting().callbacks, broken)).rejects.toThrow('no such key');
});

test.each(['callbacks', 'promises'] as const)(
  'asks each in order and gives the replies their positions, by %s',
  async (how) => {
    const positions: number[] = [];
    const values = Array.from({ length: 3000 }, () => ({ sw_if_index: line }));
    const vpp = noting();
    await askEach(vpp[how], deleteSubif, values, (_reply, at) => positions.push(at));
    expect(positions).toEqual(values.map((_, at) => at));
  },
);

test('rejects with the first failure of many and asks no more', async () => {
  const vpp = noting([2]);
  const values = Array.from({ length: 10 }, () => ({ sw_if_index: line }));
  await expect(askEach(vpp.callbacks, deleteSubif, values, () => {})).rejects.toThrow('delete_subif refused');
  expect(vpp.sent).toHaveLength(3);
});
