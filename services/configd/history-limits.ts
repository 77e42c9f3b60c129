/** Entries of the history in one answer when nothing is said, and at most. */
export const historyDefault = 20;
export const historyLimit = 1000;
