import { i32, string } from '../codec.js';
import { call, reply, request } from '../message.js';

/** One line of VPP's debug CLI; the answer is its text. A refused command may still be retval 0 with the complaint in the text. */
export const cliInband = call(
  request('cli_inband', 'f8377302', { cmd: string(0) }),
  reply('cli_inband_reply', '05879051', { retval: i32, reply: string(0) }),
);
