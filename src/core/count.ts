/** A number with its noun: `1 task`, `5 tasks`. For nouns whose plural takes an s. */
export const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
