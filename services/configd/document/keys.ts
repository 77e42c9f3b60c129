import { createHash } from 'node:crypto';
import type { AnyInterface, Interfaces } from './model.js';

/** `sub-interface/access.100.7`. */
export const interfaceKeyOf = (item: AnyInterface): string => `${item.type}/${item.name}`;

/** Key of the interface with a name. */
export function keyNamed({ interfaces }: Interfaces, name: string): string {
  const item = interfaces.get(name);
  return item ? interfaceKeyOf(item) : `host-interface/${name}`;
}

/** The `vrf` field of a spec: none for the default one. */
export const inVrf = (name: string): { vrf?: string } => (name === 'default' ? {} : { vrf: `vrf/${name}` });

/** 32 bits made from a text. */
export const digest = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0);

/** A number below `limit` for each name, made from the name so that it stays when others come and go (collisions aside). */
export function numbersFor(names: readonly string[], limit: number): Map<string, number> {
  const taken = new Set<number>();
  const numbers = new Map<string, number>();
  for (const name of [...names].sort()) {
    let number = digest(name) % limit;
    while (taken.has(number)) number = (number + 1) % limit;
    taken.add(number);
    numbers.set(name, number);
  }
  return numbers;
}
