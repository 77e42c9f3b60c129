import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { replaceFile } from '../atomic-file.js';
import { reasonOf } from '../command.js';

const recordSchema = z.strictObject({
  /** Kernel driver before; null: none. */
  driver: z.string().nullable(),
  driverOverride: z.string().nullable(),
  /** Names its network devices had, for people. */
  interfaces: z.array(z.string()),
  /** ISO 8601. */
  since: z.string(),
});
const fileSchema = z.strictObject({ version: z.literal(1), cards: z.record(z.string(), recordSchema) });

/** What a card was before we took it from the kernel. */
export type DriverRecord = z.output<typeof recordSchema>;

/** The file in which the drivers are remembered; on the disk before a card is touched. */
export class DriverRecords {
  constructor(private readonly file: string) {}

  /** By PCI address. Throws when the file is damaged: better no step than one from wrong memory. */
  all(): Readonly<Record<string, DriverRecord>> {
    if (!existsSync(this.file)) return {};
    try {
      return fileSchema.parse(JSON.parse(readFileSync(this.file, 'utf8'))).cards;
    } catch (error) {
      throw new Error(`${this.file} is damaged: ${reasonOf(error)}`);
    }
  }

  set(pci: string, record: DriverRecord): void {
    this.save({ ...this.all(), [pci]: record });
  }

  remove(pci: string): void {
    const { [pci]: _gone, ...rest } = this.all();
    this.save(rest);
  }

  private save(cards: Readonly<Record<string, DriverRecord>>): void {
    replaceFile(this.file, `${JSON.stringify({ version: 1, cards }, null, 2)}\n`, 0o600);
  }
}
