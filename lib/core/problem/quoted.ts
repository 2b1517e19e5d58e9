const longest = 80;

/** A value as it goes into a message: quoted, on one line, cut to a readable length. */
export function quoted(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : JSON.stringify(value) ?? String(value);
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
