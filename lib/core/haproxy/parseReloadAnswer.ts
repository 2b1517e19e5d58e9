/** What HAProxy answered to `reload`. */
export interface ReloadAnswer {
  success: boolean;
  /** What HAProxy said while it loaded, in the form of its standard error; may be empty. */
  log: string;
}

/**
 * The answer to `reload` on the master socket of 2.7 and later (management guide, "reload"): `Success=1` or `0`, `--`,
 * log. Undefined for anything else, such as the empty answer of 2.6, which says nothing about the outcome.
 */
export function parseReloadAnswer(answer: string): ReloadAnswer | undefined {
  const match = /^Success=([01])\n(?:--\n)?([\s\S]*)$/.exec(answer);
  if (!match) return undefined;
  return { success: match[1] === "1", log: (match[2] ?? "").trim() };
}
