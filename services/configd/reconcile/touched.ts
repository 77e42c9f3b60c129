/** Which keys were being changed at any moment of a watch: what was read of them meanwhile says nothing. */
export class TouchedKeys {
  private readonly current = new Set<readonly string[]>();
  private readonly watches = new Set<Set<string>>();

  /** Keys that are being changed, until `end`. */
  begin(keys: readonly string[]): { end(): void } {
    this.current.add(keys);
    for (const watch of this.watches) for (const key of keys) watch.add(key);
    return { end: () => void this.current.delete(keys) };
  }

  /** `keys` grows until `stop`; it starts with those being changed now. */
  watch(): { readonly keys: ReadonlySet<string>; stop(): void } {
    const keys = new Set([...this.current].flat());
    this.watches.add(keys);
    return { keys, stop: () => void this.watches.delete(keys) };
  }
}
