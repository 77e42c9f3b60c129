import { expect, it } from '@jest/globals';
import { aclAddReplace } from '#lib/vpp/messages/acl.js';
import { createSubif, swInterfaceDump } from '#lib/vpp/messages/interface.js';
import { MessageRecorder } from './message-recorder.js';

const subif = (sub_id: number) => ({ sw_if_index: 1, sub_id, sub_if_flags: 0, outer_vlan_id: 1, inner_vlan_id: 2 });

it('notes what would be sent, and answers with success', async () => {
  const recorder = new MessageRecorder(() => true);
  await recorder.call(aclAddReplace, { acl_index: 0, tag: 'a', r: [] });
  const answers = [];
  for (const id of [1, 2, 3, 4, 5]) answers.push(await recorder.call(createSubif, subif(id)));
  expect(answers.map(({ retval }) => retval)).toEqual([0, 0, 0, 0, 0]);
  expect(new Set(answers.map(({ sw_if_index }) => sw_if_index)).size).toBe(5);
  expect(await recorder.dump(swInterfaceDump, { sw_if_index: 0, name_filter_valid: false, name_filter: '' })).toEqual(
    [],
  );
  expect(recorder.messages).toEqual([
    { name: 'create_subif', count: 5, examples: [1, 2, 3].map((id) => JSON.stringify(subif(id))) },
    { name: 'acl_add_replace', count: 1, examples: ['{"acl_index":0,"tag":"a","r":[]}'] },
  ]);
});

it('cuts secrets', async () => {
  const recorder = new MessageRecorder(() => true, new Set(['hunter2']));
  await recorder.call(aclAddReplace, { acl_index: 0, tag: 'hunter2', r: [] });
  expect(recorder.messages[0]?.examples).toEqual(['{"acl_index":0,"tag":"(secret)","r":[]}']);
});
