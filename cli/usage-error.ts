/** A mistake of the person at the keyboard; ends with exit code 2. */
export class UsageError extends Error {}
