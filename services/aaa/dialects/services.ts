import { type Apply, type Grant, mistake } from '../grant.js';

/** Services that a packet switches on and off. */
export interface ServiceChange {
  readonly activate: string[];
  readonly deactivate: string[];
}

/** Name of a service: a letter or digit first, 32 characters at most. */
const form = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

const put = (names: string[], value: string) => {
  if (!form.test(value)) return mistake('malformed', `"${value}" is not the name of a service`);
  if (!names.includes(value)) names.push(value);
  return undefined;
};

export const activateService: Apply<string> = (grant, value) => put(grant.services.activate, value);
export const deactivateService: Apply<string> = (grant, value) => put(grant.services.deactivate, value);

/** Juniper's `name` or `name(parameter,...)`; parameters have no counterpart, since services are whole here. */
const erx =
  (apply: Apply<string>): Apply<string> =>
  (grant, value) =>
    value.includes('(') ? mistake('no-counterpart', value) : apply(grant, value);
export const erxActivate = erx(activateService);
export const erxDeactivate = erx(deactivateService);

/** ISG's `A<name>`: a service that is on from the start. Other codes have no counterpart. */
export const ciscoAccountInfo: Apply<string> = (grant, value) =>
  value.startsWith('A') ? activateService(grant, value.slice(1)) : mistake('no-counterpart', value.slice(0, 1));

/** ISG's `subscriber:service-name=`; what happens to it is said by `subscriber:command=`. */
export const ciscoServiceName: Apply<string> = (grant, value) => put(grant.cisco.services, value);

const commands = new Set(['activate-service', 'deactivate-service']);
export const ciscoCommand: Apply<string> = (grant, value) => {
  if (!commands.has(value)) return mistake('no-counterpart', `subscriber:command=${value}`);
  grant.cisco.command = value;
  return undefined;
};

/** What all dialects of a packet ask for; a name that is to be on and off is a contradiction. */
export function serviceChange({ services, cisco }: Pick<Grant, 'services' | 'cisco'>): ServiceChange | string {
  const off = cisco.command === 'deactivate-service';
  const activate = [...new Set([...services.activate, ...(off ? [] : cisco.services)])];
  const deactivate = [...new Set([...services.deactivate, ...(off ? cisco.services : [])])];
  return activate.find((name) => deactivate.includes(name)) ?? { activate, deactivate };
}
