import type { Chunk } from "./Configuration.ts";

/** One or more frontends of one mode, in their order. */
export interface Frontend {
  readonly mode: "tcp" | "http";
  readonly chunks: readonly Chunk[];
}
