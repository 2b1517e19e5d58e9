import type { Difference } from "./Difference.ts";

/** What a comparison came to; `check-migration --json` prints it. */
export interface MigrationReport {
  /** Where the old configuration comes from, without credentials. */
  readonly from: string;
  /** The Marathons that were asked. */
  readonly marathon: readonly string[];
  readonly old: MigrationSize;
  readonly new: MigrationSize;
  readonly differences: readonly Difference[];
}

/** How much a configuration holds. */
export interface MigrationSize {
  readonly frontends: number;
  readonly backends: number;
  readonly servers: number;
}

/** The size of a configuration. */
export function migrationSize(text: string): MigrationSize {
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  return {
    frontends: count(/^frontend\s/gm),
    backends: count(/^backend\s/gm),
    servers: count(/^[ \t]+server\s/gm),
  };
}
