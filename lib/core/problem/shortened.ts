import { escapeUnprintable } from "../log/escapeUnprintable.ts";

/**
 * A text as it goes into a message: what cannot be printed is escaped, line breaks too, and it is cut.
 *
 * @param longest how many characters it may have
 */
export function shortened(text: string, longest = 80): string {
  // Cut first: a label may be a megabyte long.
  const escaped = escapeUnprintable(text.slice(0, longest + 1));
  return escaped.length > longest ? `${escaped.slice(0, longest - 1)}…` : escaped;
}
