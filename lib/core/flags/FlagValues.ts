import type { LogLevel } from "../log/logLevels.ts";
import type { SyslogTarget } from "../log/SyslogTarget.ts";
import type { Credentials } from "./Credentials.ts";
import type { DcosCredentials } from "./DcosCredentials.ts";
import type { FlagKind } from "./Flag.ts";
import type { flagTable } from "./flagTable.ts";

/** What each kind of flag is once it is read. */
export interface KindValues extends Record<FlagKind, unknown> {
  switch: boolean;
  text: string;
  path: string;
  integer: number;
  seconds: number;
  names: string[];
  paths: string[];
  /** Without a slash at its end. */
  url: string;
  urls: string[];
  bindAddress: string;
  listenAddress: string;
  networks: string[];
  credentials: Credentials;
  dcosCredentials: DcosCredentials;
  logLevel: LogLevel;
  logFormat: string;
  syslogTarget: SyslogTarget;
  /** `all`, `none`, or names without `HAPROXY_`. */
  templateNames: string[];
}

type Row = typeof flagTable[number];
type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;
type OptionOf<R extends Row> = R extends { option: infer Option extends string } ? Option
  : CamelCase<R["name"]>;
type AlwaysSet = Extract<Row, { default: unknown } | { kind: "switch" }>;

/**
 * The value of every flag in the table, by its property of Options. Switches and flags with a default
 * always have one.
 */
export type FlagValues =
  & { [R in AlwaysSet as OptionOf<R>]: KindValues[R["kind"]] }
  & { [R in Exclude<Row, AlwaysSet> as OptionOf<R>]?: KindValues[R["kind"]] };
