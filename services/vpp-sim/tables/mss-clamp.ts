import { retvals } from '#lib/vpp/retval.js';
import type { InterfaceTable } from './interfaces.js';
import type { Family } from './ip-tables.js';

/** `mss_clamp_dir` bits. */
const DIRECTION = { rx: 1, tx: 2 } as const;
export interface ClampSetting {
  readonly mss: number;
  readonly direction: number;
}
export type Clamp = Record<Family, ClampSetting>;

/** TCP MSS clamping. Settings outlive their interface, and repeating them on the next one installs nothing (cookbook 4.0). */
export class MssClamps {
  private readonly settings = new Map<number, Clamp>();
  /** Directions in which the feature is on an interface's arc. */
  private readonly installed = new Map<string, number>();

  constructor(private readonly interfaces: InterfaceTable) {
    interfaces.onDelete((swIfIndex) => {
      for (const family of ['ip4', 'ip6'] as const) this.installed.delete(`${family}/${swIfIndex}`);
    });
  }

  set(swIfIndex: number, clamp: Clamp): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    const before = this.settings.get(swIfIndex);
    for (const family of ['ip4', 'ip6'] as const)
      this.install(`${family}/${swIfIndex}`, before?.[family].direction ?? 0, clamp[family].direction);
    this.settings.set(swIfIndex, clamp);
    return 0;
  }

  private install(key: string, before: number, wanted: number): void {
    const kept = (this.installed.get(key) ?? 0) & before;
    this.installed.set(key, (kept | (wanted & ~before)) & wanted);
  }

  /** Undefined where nothing is clamped. */
  get(swIfIndex: number): Clamp | undefined {
    const clamp = this.settings.get(swIfIndex);
    return clamp && (clamp.ip4.direction !== 0 || clamp.ip6.direction !== 0) ? clamp : undefined;
  }

  list(): [swIfIndex: number, clamp: Clamp][] {
    return [...this.settings.keys()]
      .sort((a, b) => a - b)
      .flatMap((index) => {
        const clamp = this.get(index);
        return clamp ? [[index, clamp] as [number, Clamp]] : [];
      });
  }

  isInstalled(swIfIndex: number, family: Family, direction: keyof typeof DIRECTION): boolean {
    return ((this.installed.get(`${family}/${swIfIndex}`) ?? 0) & DIRECTION[direction]) !== 0;
  }
}
