import type { Target } from "./targets.ts";

/** What is put into the executable beside the bundle. */
export type Runtime = "deno" | "node";

export interface BuildOptions {
  /** Undefined: Deno's where it can be had, else Node.js. */
  readonly runtime: Runtime | undefined;
  /** At least one, none twice. */
  readonly targets: readonly Target[];
}
