import type { FlagValues } from "./FlagValues.ts";
import type { Mode } from "./modeTable.ts";

type Replaced = "help" | "longhelp" | "version" | "dontBindHttpHttps" | "haproxyConfig" | "syslogSocket";

/**
 * How to run: every flag of the table by its property (`--max-backoff` is `maxBackoff`; times are in
 * seconds), and what follows from mode and flags together.
 */
export interface Options extends Omit<FlagValues, Replaced> {
  mode: Mode;
  /** Mode `event`: where Marathon calls back, `ADDR:PORT`. */
  eventAddress?: string;
  haproxyConfig: string;
  syslogSocket: string;
  /** Whether there are HTTP and HTTPS frontends: not `--dont-bind-http-https`. */
  bindHttpHttps: boolean;
}
