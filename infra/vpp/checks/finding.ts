/** Something about the machine that does not fit the settings. */
export interface Finding {
  /** `error`: VPP would not start, or not as asked; nothing is written. `warning`: it runs, but worse than it could. */
  readonly severity: 'error' | 'warning';
  /** Field of the settings concerned: `cpu.workers`. */
  readonly field: string;
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
}

export const fault = (field: string, message: string, advice: string): Finding => ({
  severity: 'error',
  field,
  message,
  advice,
});

export const warning = (field: string, message: string, advice: string): Finding => ({
  severity: 'warning',
  field,
  message,
  advice,
});
