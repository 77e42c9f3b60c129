/** Indices as VPP's pools hand them out: the one freed last comes back first. */
export class IndexPool {
  private readonly free: number[] = [];
  private next = 0;

  allocate(): number {
    return this.free.pop() ?? this.next++;
  }

  release(index: number): void {
    this.free.push(index);
  }
}
