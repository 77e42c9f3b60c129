import { i32, string } from '../codec.js';
import { call, reply, request } from '../message.js';

export const showVersion = call(
  request('show_version', '51077d14', {}),
  reply('show_version_reply', 'c919bde1', {
    retval: i32,
    program: string(32),
    version: string(32),
    build_date: string(32),
    build_directory: string(256),
  }),
);
