import { z } from 'zod';
import { OPTION, optionByCode } from '#lib/dhcp/options.js';
import type { RawOption } from '#lib/dhcp/packet.js';
import { withValue } from '#lib/dhcp/packet.js';
import { ip4Bytes, ip4Number } from '#lib/net/address.js';
import { prefixRange } from '../pool/address-text.js';

const ip4 = z.string().refine((text) => ip4Number(text) !== undefined, 'an IPv4 address is expected');

/** A route of option 121 (RFC 3442); without a router it is the group's gateway. */
export const routeSchema = z.strictObject({
  destination: z.string().refine((text) => prefixRange(text) !== undefined, 'an IPv4 prefix is expected'),
  router: ip4.optional(),
});
export type RouteConfig = z.output<typeof routeSchema>;

/** Codes the server fills in itself, or that have a setting of their own. */
const reserved: ReadonlySet<number> = new Set([
  ...[OPTION.subnetMask, OPTION.routers, OPTION.requestedIp, OPTION.leaseTimeS, OPTION.overload].map(
    ({ code }) => code,
  ),
  ...[OPTION.messageType, OPTION.serverIdentifier, OPTION.parameterRequestList].map(({ code }) => code),
  ...[OPTION.renewalTimeS, OPTION.rebindingTimeS, OPTION.clientIdentifier].map(({ code }) => code),
  ...[OPTION.domainNameServers, OPTION.domainName, OPTION.interfaceMtu, OPTION.ntpServers].map(({ code }) => code),
  ...[OPTION.classlessRoutes.code, 82],
]);

const values = {
  text: z.string().min(1).max(255).optional(),
  /** Bytes as they go out: `01:04:c0:a8:00:01`, colons may be left out. */
  hex: z
    .string()
    .regex(/^([0-9a-f]{2}:?)+$/i, 'bytes in hex are expected')
    .optional(),
  addresses: z.array(ip4).min(1).max(63).optional(),
};

/** Any other option by its code, vendor ones (43, 125) among them: one of `text`, `hex` and `addresses`. */
export const optionSchema = z
  .strictObject({
    code: z
      .int()
      .min(1)
      .max(254)
      .refine((code) => !reserved.has(code), 'this option has a setting of its own, or the server fills it in'),
    ...values,
    /** Only for clients whose vendor class (option 60) begins so. */
    vendorClass: z.string().min(1).optional(),
    /** Sent also to clients that did not ask for it (option 55). */
    always: z.boolean().default(false),
  })
  .superRefine(({ code, text, hex, addresses }, context) => {
    const given = [text, hex, addresses].filter((value) => value !== undefined).length;
    if (given !== 1) context.addIssue({ code: 'custom', message: 'one of text, hex and addresses is needed' });
    const row = optionByCode(code);
    const bytes = given === 1 ? optionBytes({ text, hex, addresses }) : undefined;
    if (row && bytes && row.read(bytes) === undefined)
      context.addIssue({ code: 'custom', message: `the value does not fit option ${code} (${row.name})` });
  });
export type OptionConfig = z.output<typeof optionSchema>;

type OptionValue = Partial<Record<'text' | 'hex', string | undefined>> & { addresses?: string[] | undefined };

function optionBytes({ text, hex, addresses }: OptionValue): Uint8Array {
  if (text !== undefined) return Buffer.from(text);
  if (hex !== undefined) return Buffer.from(hex.replaceAll(':', ''), 'hex');
  return Buffer.concat((addresses ?? []).map(ip4Bytes));
}

/** The options that a client of this vendor class gets. */
export const configuredOptions = (options: readonly OptionConfig[], vendorClass: string): OptionConfig[] =>
  options.filter((one) => one.vendorClass === undefined || vendorClass.startsWith(one.vendorClass));

export const toOption = (config: OptionConfig): RawOption => ({ code: config.code, data: optionBytes(config) });

/**
 * Option 121. A client that has it ignores the router option (RFC 3442), so the way to everything else is in it too;
 * a gateway outside of the client's subnet is itself reached on the link.
 */
export function classlessRoutes(routes: readonly RouteConfig[], gateway: string, offLink: boolean): RawOption {
  const given = routes.map(({ destination, router }) => ({ destination, router: router ?? gateway }));
  const hasDefault = given.some(({ destination }) => destination.endsWith('/0'));
  return withValue(OPTION.classlessRoutes, [
    ...(offLink ? [{ destination: `${gateway}/32`, router: '0.0.0.0' }] : []),
    ...given,
    ...(hasDefault ? [] : [{ destination: '0.0.0.0/0', router: gateway }]),
  ]);
}
