/** One input that is not taken as it stands, with the exact lines that are said of it. */
export interface Refusal {
  /** What is wrong with it, in a few words. */
  readonly what: string;
  /** A whole document. */
  readonly yaml: string;
  /** Refused, with these lines: place, what is wrong, what would be right. */
  readonly says?: readonly string[];
  /** Applied nevertheless, with these lines. */
  readonly warns?: readonly string[];
}

/** Refused inputs by the kind that they would have become. */
export type RefusalTable = Readonly<Record<string, readonly Refusal[]>>;
