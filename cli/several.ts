/** For commander: an option that may be given again for more. */
export const several = (value: string, before: string[] = []): string[] => [...before, value];
