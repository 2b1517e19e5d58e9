import { shortened } from "./shortened.ts";

/** A value as it goes into a message: quoted, on one line, cut to a readable length. */
export function quoted(value: unknown): string {
  return shortened(
    typeof value === "string" ? JSON.stringify(value) : JSON.stringify(value) ?? String(value),
  );
}
