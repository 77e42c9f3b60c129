import { jsonEqual } from '../reconcile/json-equal.js';
import type { Resource } from '../reconcile/resource.js';
import type { AnyInterface, Interfaces, SubInterface } from './model.js';

interface Compiled {
  /** The interfaces that its entry names, the port among them, as they were then. */
  readonly uses: ReadonlyMap<string, string>;
  readonly resources: readonly Resource[];
}

interface CompiledList {
  readonly rules: readonly unknown[];
  readonly resource: Resource;
}

/**
 * What the entries of sub-interfaces and the lists of rules were compiled to. While neither an entry nor an interface that it names changes, it gives
 * the same resources again, the objects themselves: of 10,000 lines only those that changed are compiled and compared.
 */
export class CompiledEntries {
  private before = new Map<string, Compiled>();
  private current = new Map<string, Compiled>();
  private listsBefore = new Map<string, CompiledList>();
  private lists = new Map<string, CompiledList>();

  /** Begins another document: what it does not have either is forgotten. */
  begin(): void {
    this.before = this.current;
    this.current = new Map();
    this.listsBefore = this.lists;
    this.lists = new Map();
  }

  /** The resource of a named list of rules; of rules that are as before the one of before. */
  list(name: string, rules: readonly unknown[], compile: () => Resource): Resource {
    const known = this.listsBefore.get(name);
    const resource = known && jsonEqual(known.rules, rules) ? known.resource : compile();
    this.lists.set(name, { rules, resource });
    return resource;
  }

  /** The resources of the entry that an interface is made by; `compile` sees other interfaces by what it is given only. */
  of(
    { port, config }: SubInterface,
    interfaces: Interfaces['interfaces'],
    compile: (seen: Interfaces) => readonly Resource[],
  ): readonly Resource[] {
    const key = `${port} ${JSON.stringify(config)}`;
    const known = this.before.get(key);
    const compiled = known && isAsBefore(known, interfaces) ? known : compileAnew(interfaces, compile);
    this.current.set(key, compiled);
    return compiled.resources;
  }
}

const isAsBefore = ({ uses }: Compiled, interfaces: Interfaces['interfaces']): boolean =>
  [...uses].every(([name, text]) => textOf(interfaces.get(name)) === text);

function compileAnew(
  interfaces: Interfaces['interfaces'],
  compile: (seen: Interfaces) => readonly Resource[],
): Compiled {
  const uses = new Map<string, string>();
  const get = (name: string) => {
    const item = interfaces.get(name);
    if (!uses.has(name)) uses.set(name, textOf(item));
    return item;
  };
  return { resources: compile({ interfaces: { get } }), uses };
}

/** All that is written of an interface itself. */
function textOf(item: AnyInterface | undefined): string {
  if (!item) return '';
  const { subInterfaces: _, ...own } = { subInterfaces: [], ...item.config };
  return JSON.stringify([item.type, own]);
}
