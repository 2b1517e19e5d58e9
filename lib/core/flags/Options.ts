import type { SyslogTarget } from "../log/SyslogTarget.ts";
import type { AccessSource } from "../marathon/auth/AccessSource.ts";
import type { FlagValues } from "./FlagValues.ts";
import type { Mode } from "./modeTable.ts";

type Replaced =
  | "help"
  | "longhelp"
  | "version"
  | "dontBindHttpHttps"
  | "haproxyConfig"
  | "syslogSocket"
  | "marathonAuthCredentialFile"
  | "authCredentials"
  | "dcosAuthCredentials";

/**
 * How to run: every flag of the table by its property (`--max-backoff` is `maxBackoff`; times are in
 * seconds), and what follows from mode and flags together.
 */
export interface Options extends Omit<FlagValues, Replaced> {
  mode: Mode;
  /** Where Marathon calls back, `ADDR:PORT`: in mode `event`, and without a mode by `--listening`. */
  eventAddress?: string;
  /** The credentials for Marathon; the URLs in `marathon` are without theirs. */
  access?: AccessSource;
  haproxyConfig: string;
  syslogSocket: SyslogTarget;
  /** Whether there are HTTP and HTTPS frontends: not `--dont-bind-http-https`. */
  bindHttpHttps: boolean;
}
