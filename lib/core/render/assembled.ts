import type { Configuration } from "./Configuration.ts";

/** A configuration whose text is put together when it is first asked for: of a large one that takes a while. */
export function assembled(parts: Omit<Configuration, "text">): Configuration {
  let text: string | undefined;
  return {
    ...parts,
    get text() {
      return text ??= parts.chunks.map((chunk) => chunk.text).join("");
    },
  };
}
