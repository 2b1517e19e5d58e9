import type { MapChange } from "./planMaps.ts";
import type { ServerChange } from "./ServerChange.ts";
import type { ServerLine } from "./ServerLine.ts";

/** What has to be done to bring HAProxy from what it runs to what it should run, and why. */
export type Plan =
  | { readonly kind: "nothing" }
  | RuntimePlan
  | {
    readonly kind: "reload";
    readonly reasons: readonly string[];
    /** Why runtime commands do not do; undefined where they are not used at all. */
    readonly why?: string;
  };

/** Changes that a running HAProxy takes over by commands. */
export interface RuntimePlan {
  readonly kind: "runtime";
  readonly reasons: readonly string[];
  readonly changes: readonly ServerChange[];
  readonly maps: readonly MapChange[];
  /** The servers that each backend with a change has afterwards, by its name. */
  readonly backends: ReadonlyMap<string, readonly ServerLine[]>;
}
