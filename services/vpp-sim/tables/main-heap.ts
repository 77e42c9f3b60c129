/** `main-heap-size` of VPP unless told otherwise. */
const HEAP_BYTES = 2 ** 30;

/** What VPP takes of its main heap at once: it aborts of what does not fit. */
export class MainHeap {
  private taken = 0;

  constructor(private readonly crash: (reason: string) => never) {}

  take(bytes: number, what: string): void {
    if (this.taken + bytes > HEAP_BYTES) this.crash(`${what} does not fit the main heap: VPP aborts`);
    this.taken += bytes;
  }

  giveBack(bytes: number): void {
    this.taken -= bytes;
  }
}
