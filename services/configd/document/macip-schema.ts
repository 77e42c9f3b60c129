import { z } from 'zod';
import { maxMacipRules } from '../resources/macip-acl.js';
import { description, readMac, readNetwork } from './fields.js';
import { list, mapping } from './object.js';
import { parseAddress } from './prefix.js';
import { accept, type Read, scalar } from './scalar.js';

/** A word that stands for everything, or what `read` takes. */
const orAny = (read: (text: string) => Read<string>, expected: string) =>
  scalar((text) => (text === 'any' ? accept(text) : read(text)), expected);

/** A prefix, or an address alone. */
function readSender(text: string): Read<string> {
  const address = parseAddress(text);
  return readNetwork(address ? `${text}/${address.family === 4 ? 32 : 128}` : text);
}

/** Permits only: VPP asks its tables in an order of its own, so that a denial would not go before what it excepts. */
const rule = mapping({
  mac: orAny(readMac, 'a MAC address').default('any').meta({ description: 'Who sends; any: everybody.' }),
  source: orAny(readSender, 'an address or a prefix')
    .default('any')
    .meta({ description: 'The source address: an address or a prefix.' }),
});

export const macipSchema = mapping({
  description: description.optional(),
  permitDhcp: z.boolean({ error: 'true or false is expected' }).default(true).meta({
    description: 'Let who has no address yet send from 0.0.0.0, before all rules: without it no DHCP gets through.',
  }),
  rules: list(rule)
    .max(maxMacipRules, { error: `a list has at most ${maxMacipRules} rules: VPP dies of 3500` })
    .meta({ description: 'Who may send, in any order; everybody else is dropped.' }),
});

export type MacipConfig = z.output<typeof macipSchema>;
