/**
 * The last `balance` of a backend, or of the `defaults` it inherits; undefined where there is none.
 *
 * @param section the whole backend
 * @param head the global parts of the configuration
 */
export function effectiveBalance(section: string, head: string): string | undefined {
  return lastBalance(section) ?? lastBalance(head);
}

function lastBalance(text: string): string | undefined {
  return [...text.matchAll(/^\s+balance[ \t]+(\S+)/gm)].at(-1)?.[1];
}
