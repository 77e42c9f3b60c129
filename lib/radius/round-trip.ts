/** Smoothed round trip and its variation (RFC 6298 section 2), in milliseconds. */
export class RoundTripEstimate {
  private smoothedMs = 0;
  private variationMs = 0;
  private samples = 0;

  /** A round trip of a request that was sent once: of a repeated one it is not known which copy was answered. */
  add(roundTripMs: number): void {
    this.variationMs =
      this.samples === 0 ? roundTripMs / 2 : 0.75 * this.variationMs + 0.25 * Math.abs(this.smoothedMs - roundTripMs);
    this.smoothedMs = this.samples === 0 ? roundTripMs : 0.875 * this.smoothedMs + 0.125 * roundTripMs;
    this.samples++;
  }

  /** How long an answer may take: smoothed round trip and four variations. Undefined before the first sample. */
  get timeoutMs(): number | undefined {
    return this.samples === 0 ? undefined : this.smoothedMs + 4 * this.variationMs;
  }
}
