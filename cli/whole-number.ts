import { UsageError } from './usage-error.js';

/** What an option says, 1 or more; throws UsageError for anything else. */
export function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`${option}: "${text}" is not a positive number`);
  return Number(text);
}
