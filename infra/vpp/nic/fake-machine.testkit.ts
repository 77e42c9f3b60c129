import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { FolderTree, type Tree } from '../machine/tree.js';
import type { IpJson } from './network.js';

export interface FakeCard {
  pci: string;
  driver?: string;
  /** Name of its network device. */
  device?: string;
  group?: string;
  model?: [vendor: string, device: string];
  class?: string;
  node?: number;
}

/** A machine as files below a temporary folder: /sys and /proc with what the tools read, and a kernel that obeys. */
export class FakeMachine {
  readonly root = mkdtempSync(join(tmpdir(), 'causeway-machine-'));
  /** State file of the commands. */
  readonly state = join(this.root, 'drivers.json');
  readonly writes: string[] = [];
  /** Which write the kernel refuses, counted from 0. */
  refuseWrite: ((index: number, path: string) => boolean) | undefined;
  addresses: unknown[] = [];
  routes: unknown[] = [];
  routeTo: Record<string, string> = {};

  readonly loaded: string[] = [];

  constructor(private readonly cards: readonly FakeCard[]) {
    for (const card of cards) this.addCard(card);
    for (const driver of cards.flatMap((card) => card.driver ?? [])) this.folder(`/sys/bus/pci/drivers/${driver}`);
  }

  /** modprobe */
  load(name: string): void {
    this.loaded.push(name);
    this.folder(`/sys/bus/pci/drivers/${name}`);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  file(path: string, content: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), content);
  }

  folder(path: string): void {
    mkdirSync(join(this.root, path), { recursive: true });
  }

  link(path: string, target: string): void {
    const at = join(this.root, path);
    mkdirSync(dirname(at), { recursive: true });
    rmSync(at, { force: true });
    symlinkSync(target, at);
  }

  driverOf(pci: string): string | undefined {
    const at = join(this.root, 'sys/bus/pci/devices', pci, 'driver');
    return existsSync(dirname(at)) && lstatSync(at, { throwIfNoEntry: false }) ? basename(readlinkSync(at)) : undefined;
  }

  ip: IpJson = (...args) => {
    if (args[0] === 'address') return this.addresses;
    if (args[1] === 'get') return [{ dev: this.routeTo[String(args[2])] ?? 'mgmt' }];
    return args[0] === '-4' ? this.routes : [];
  };

  /** All files as text, to compare before and after. */
  picture(): string[] {
    return this.walk(this.root).sort();
  }

  private walk(folder: string): string[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const at = join(folder, entry.name);
      const name = `/${relative(this.root, at)}`;
      if (entry.isDirectory()) return this.walk(at);
      return [`${name} ${entry.isSymbolicLink() ? `-> ${readlinkSync(at)}` : readFileSync(at, 'utf8')}`];
    });
  }

  private addCard({
    pci,
    driver,
    device,
    group,
    model = ['0x8086', '0x1572'],
    class: kind = '0x020000',
    node = 0,
  }: FakeCard): void {
    const folder = `/sys/bus/pci/devices/${pci}`;
    const values = {
      class: kind,
      vendor: model[0],
      device: model[1],
      driver_override: '(null)',
      numa_node: String(node),
    };
    for (const [name, value] of Object.entries(values)) this.file(`${folder}/${name}`, `${value}\n`);
    if (driver) this.link(`${folder}/driver`, `../../../../bus/pci/drivers/${driver}`);
    if (device) this.folder(`${folder}/net/${device}`);
    if (device) this.folder(`/sys/class/net/${device}`);
    if (group) this.link(`${folder}/iommu_group`, `../../../../kernel/iommu_groups/${group}`);
    if (group) this.link(`/sys/kernel/iommu_groups/${group}/devices/${pci}`, `../../../../bus/pci/devices/${pci}`);
  }

  /** The tree as the commands see it: what is written has the effect it has on a kernel. */
  get tree(): Tree {
    const files = new FolderTree(this.root);
    return {
      text: (path) => files.text(path),
      list: (path) => files.list(path),
      target: (path) => files.target(path),
      exists: (path) => files.exists(path),
      write: (path, value) => this.write(path, value),
    };
  }

  private write(path: string, value: string): void {
    const index = this.writes.push(`${path} ${value.trim()}`) - 1;
    if (this.refuseWrite?.(index, path)) throw new Error(`EBUSY: resource busy or locked, write '${path}'`);
    const [, driver = '', action = ''] = /^\/sys\/bus\/pci\/drivers\/([^/]+)\/(bind|unbind)$/.exec(path) ?? [];
    if (path.endsWith('/driver_override')) this.file(path, value === '\n' ? '(null)\n' : `${value}\n`);
    else if (path === '/sys/bus/pci/drivers_probe') this.probe(value);
    else if (action === 'unbind' && this.driverOf(value) === driver) this.detach(value);
    else if (action === 'bind' && this.driverOf(value) === undefined) this.attach(value, driver);
    else throw new Error(`ENODEV: no such device, write '${path}'`);
  }

  /** The reserved driver, else the one the card was made for. */
  private probe(pci: string): void {
    if (this.driverOf(pci) !== undefined) return;
    const override = readFileSync(join(this.root, 'sys/bus/pci/devices', pci, 'driver_override'), 'utf8').trim();
    const native = this.cards.find((card) => card.pci === pci)?.driver;
    const driver = override === '(null)' ? native : override;
    if (driver !== undefined) this.attach(pci, driver);
  }

  private attach(pci: string, driver: string): void {
    this.link(`/sys/bus/pci/devices/${pci}/driver`, `../../../../bus/pci/drivers/${driver}`);
    const card = this.cards.find((each) => each.pci === pci);
    if (card?.device && driver === card.driver) this.folder(`/sys/bus/pci/devices/${pci}/net/${card.device}`);
  }

  private detach(pci: string): void {
    rmSync(join(this.root, 'sys/bus/pci/devices', pci, 'driver'));
    rmSync(join(this.root, 'sys/bus/pci/devices', pci, 'net'), { recursive: true, force: true });
  }
}
