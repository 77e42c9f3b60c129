import { string, struct, u8 } from '../codec.js';
import { dump, reply, request } from '../message.js';

export const fibSource = struct('fib_source', { priority: u8, id: u8, name: string(64) });
/** Names and ids of FIB sources; the API's own routes are those of "API". */
export const fibSourceDump = dump(
  request('fib_source_dump', '51077d14', {}),
  reply('fib_source_details', '8668acdb', { src: fibSource }),
);
