import { type Fields, type FieldValues, i32 } from '../codec.js';
import { type Call, call, type Message, reply, request } from '../message.js';
import { interfaceIndex, type SwIfIndex } from '../types.js';

/** The reply that says only whether it worked. */
export const ack = (name: string): Message<{ retval: number }> => reply(`${name}_reply`, 'e8d4e804', { retval: i32 });

/** A request whose reply is a bare retval. */
export const ackCall = <F extends Fields>(
  name: string,
  crc: string,
  fields: F,
): Call<FieldValues<F>, { retval: number }> => call(request(name, crc, fields), ack(name));

/** A request whose reply carries the interface it made. */
export const interfaceCall = <F extends Fields>(
  name: string,
  crc: string,
  fields: F,
): Call<FieldValues<F>, { retval: number; sw_if_index: SwIfIndex }> =>
  call(request(name, crc, fields), reply(`${name}_reply`, '5383d31f', { retval: i32, sw_if_index: interfaceIndex }));
