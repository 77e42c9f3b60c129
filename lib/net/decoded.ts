/** What a decoder of untrusted bytes returns instead of throwing. */
export type Decoded<T> = { ok: true; value: T } | { ok: false; error: string };

export const decoded = <T>(value: T): Decoded<T> => ({ ok: true, value });
export const malformed = (error: string): { ok: false; error: string } => ({ ok: false, error });
