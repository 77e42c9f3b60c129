import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';

/** What the call of libc that has just failed left in errno, by its name. */
export function systemError(call: string): Error {
  const errno = koffi.errno();
  return new Error(`${call}: ${errno > 0 ? getSystemErrorName(-errno) : 'failed'}`);
}
