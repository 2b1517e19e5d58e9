import type { Configuration } from "./Configuration.ts";

/**
 * A configuration whose text is put together when it is asked for, and each time anew: of a large one that takes a while, and
 * most changes need none.
 */
export function assembled(parts: Omit<Configuration, "text">): Configuration {
  return {
    ...parts,
    get text() {
      return parts.chunks.map((chunk) => chunk.text).join("");
    },
  };
}
