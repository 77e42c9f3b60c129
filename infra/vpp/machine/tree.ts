import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The files of a machine, as far as they are needed; /sys and /proc answer, and take commands, as files. */
export interface Tree {
  /** Content without white space around it; undefined when it cannot be read. */
  text(path: string): string | undefined;
  /** Names in a folder, sorted; none when there is no such folder. */
  list(path: string): string[];
  /** Target of a symbolic link as it is written in it; undefined when there is no such link. */
  target(path: string): string | undefined;
  exists(path: string): boolean;
  /** Throws the kernel's refusal. */
  write(path: string, value: string): void;
}

/** The files below a folder; `/` is the machine itself. */
export class FolderTree implements Tree {
  constructor(private readonly root: string) {}

  text(path: string): string | undefined {
    return attempt(() => readFileSync(join(this.root, path), 'utf8').trim());
  }

  list(path: string): string[] {
    return attempt(() => readdirSync(join(this.root, path)).sort()) ?? [];
  }

  target(path: string): string | undefined {
    return attempt(() => readlinkSync(join(this.root, path)));
  }

  exists(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  write(path: string, value: string): void {
    // No O_CREAT: a file of /sys that is not there must not be made elsewhere.
    writeFileSync(join(this.root, path), value, { flag: 'r+' });
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Last part of a link's target: the driver's, group's or device's name. */
export function linkName(tree: Tree, path: string): string | undefined {
  const target = tree.target(path);
  return target === undefined ? undefined : basename(target);
}

/** A whole number in a file of /sys. */
export function numberIn(tree: Tree, path: string): number | undefined {
  const text = tree.text(path);
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}
