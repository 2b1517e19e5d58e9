/** What the text of a flag's value means; `readFlagValue` reads each kind. */
export type FlagKind =
  | "switch"
  | "text"
  | "path"
  | "integer"
  | "seconds"
  | "names"
  | "paths"
  | "url"
  | "urls"
  | "bindAddress"
  | "listenAddress"
  | "networks"
  | "credentials"
  | "dcosCredentials"
  | "logLevel"
  | "logFormat"
  | "syslogTarget"
  | "templateNames";

/** The purposes by which `--help` groups the flags, in its order. */
export type FlagGroup =
  | "Apps"
  | "Marathon"
  | "Access to Marathon"
  | "Configuration"
  | "Listeners"
  | "HAProxy and reloads"
  | "Logging"
  | "Help";

/** One row of the flag table. */
export interface Flag {
  /** The long form, without its dashes. */
  name: string;
  /** The short form, one letter without its dash. */
  short?: string;
  kind: FlagKind;
  /** The value's name in `--help`; a flag that takes no value has none. */
  argument?: string;
  /** Takes every word up to the next flag. */
  variadic?: true;
  /** Each further use adds to the ones before it; without this the last use counts alone. */
  repeats?: true;
  /** The value in Options where nothing was given. */
  default?: string | number | readonly string[];
  /** What `--help` says about the default where it is not `default` itself. */
  defaultText?: string;
  minimum?: number;
  maximum?: number;
  group: FlagGroup;
  description: string;
  /** The property of Options, where it is not the name in camel case. */
  option?: string;
  /** A variable that is read besides MARATHON_LB_<FLAG>, after it. */
  variable?: { name: string; supervisedOnly?: true };
  /** Only for the command line: MARATHON_LB_VERSION in an image names a version and asks for nothing. */
  notFromEnvironment?: true;
  /** The value is never shown. */
  secret?: true;
  /** No flag of the reference: it gives way where a prefix could mean one of the reference's. */
  ours?: true;
}
