import type { ServerLine } from "./ServerLine.ts";

/** What a plan needs to know of the HAProxy that runs. */
export interface RuntimeFacts {
  /** Servers that are in no file any more and wait in maintenance, by `serverKey`. */
  readonly leftovers: ReadonlyMap<string, ServerLine>;
  /** Whether servers with a cookie can be added (from HAProxy 3.0 on). */
  readonly dynamicCookies: boolean;
  /** Directory of the maps, as the configuration names it. */
  readonly haproxyDir: string;
}
