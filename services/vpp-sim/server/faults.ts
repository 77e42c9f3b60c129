/** What goes wrong when a rule matches a request. */
export type FaultAction =
  /** Not executed; the reply carries this retval. */
  | { kind: 'fail'; retval: number }
  /** Executed, but no reply leaves. */
  | { kind: 'drop' }
  /** The connection stands still for so long before the request is executed. */
  | { kind: 'delay'; ms: number }
  /** Not executed; the connection is cut. */
  | { kind: 'close' }
  /** Not executed; the process dies as by SIGKILL. */
  | { kind: 'vanish' }
  /** Not executed; a new, empty VPP takes the place of this one. */
  | { kind: 'restart' };

export interface FaultRule {
  /** Request name; absent matches every request except control_ping. */
  message?: string | undefined;
  /** Matches passed over first; 0 when absent, so the first match is hit. */
  skip?: number | undefined;
  /** Matches hit before the rule goes; 1 when absent. */
  times?: number | undefined;
  action: FaultAction;
}

/** The rules that the control channel set, first come first served. */
export class FaultRules {
  private rules: { rule: FaultRule; toSkip: number; toHit: number }[] = [];

  add(rule: FaultRule): void {
    this.rules.push({ rule, toSkip: rule.skip ?? 0, toHit: rule.times ?? 1 });
  }

  clear(): void {
    this.rules = [];
  }

  /** The fault for this request, if any; uses the rule up. */
  next(message: string): FaultAction | undefined {
    for (const entry of this.rules) {
      const wanted = entry.rule.message;
      if (wanted === undefined ? message === 'control_ping' : wanted !== message) continue;
      if (entry.toSkip > 0) {
        entry.toSkip--;
        continue;
      }
      entry.toHit--;
      if (entry.toHit <= 0) this.rules = this.rules.filter((other) => other !== entry);
      return entry.rule.action;
    }
    return undefined;
  }
}
