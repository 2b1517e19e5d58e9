import type { SyslogTarget } from "../log/syslog.ts";
import { type AccessSource, chooseAccess } from "./access.ts";
import { type Mode, UsageError } from "./flag.ts";
import { type Credentials, type Environment, type FlagValues, isFileUrl } from "./values.ts";

type Replaced =
  | "help"
  | "longhelp"
  | "version"
  | "dontBindHttpHttps"
  | "haproxyConfig"
  | "syslogSocket"
  | "marathonAuthCredentialFile"
  | "authCredentials"
  | "dcosAuthCredentials"
  | "clusters";

/**
 * How to run: every flag of the table by its property, and what follows from the mode and flags together.
 * `--max-backoff` is `maxBackoff`. Times are in seconds.
 */
export interface Options extends Omit<FlagValues, Replaced> {
  mode: Mode;
  /** Where Marathon calls back, `ADDR:PORT`: in mode `event`, and without a mode by `--listening`. */
  eventAddress?: string;
  /** Of `--cluster`, in the order of the command line. */
  clusters: ClusterOption[];
  /** The credentials for Marathon; they are removed from the URLs in `marathon`. */
  access?: AccessSource;
  haproxyConfig: string;
  syslogSocket: SyslogTarget;
  /** Whether there are HTTP and HTTPS frontends: not `--dont-bind-http-https`. */
  bindHttpHttps: boolean;
}

/** A cluster of `--cluster`. */
export interface ClusterOption {
  name: string;
  /** Without credentials. */
  urls: string[];
  /** Those of its URLs: the credentials for `--marathon` are not sent to other clusters. */
  credentials?: Credentials;
}

/** What the command line asks for beside its flags. */
export interface ModeChoice {
  mode: Mode;
  /** The word after `event`. */
  eventAddress?: string;
  /** Set for a command that reads Marathon's apps once and ends. */
  once?: true;
  /** Set for a command that needs no group. */
  anyGroup?: true;
}

/** The options that result from the values of all flags. Throws a UsageError if they contradict each other. */
export function buildOptions(choice: ModeChoice, values: FlagValues, environment: Environment): Options {
  const { help: _help, longhelp: _longhelp, version: _version, dontBindHttpHttps, ...others } = values;
  const { marathonAuthCredentialFile, authCredentials, dcosAuthCredentials, clusters, ...kept } = others;
  if (values.groups.length === 0 && !choice.anyGroup) {
    throw new UsageError(
      "--group is required: give one or more, such as --group external, or --group '*' for all",
    );
  }
  checkServicePorts(values);
  checkMarathonFile(values, choice.once ?? values.dry);
  // Those of one cluster are its members.
  const byName = Map.groupBy(clusters, ({ name }) => name);
  const supervised = choice.mode !== "direct";
  const { credentials: inUrl, urls } = takeUrlCredentials(values.marathon);
  return {
    ...kept,
    mode: choice.mode,
    eventAddress: chooseEventAddress(choice, values),
    marathon: urls,
    clusters: [...byName].map(([name, members]) => {
      const { credentials, urls } = takeUrlCredentials(members.map(({ url }) => url));
      return { name, urls, ...credentials ? { credentials } : {} };
    }),
    access: chooseAccess({
      marathonAuthCredentialFile,
      authCredentials,
      dcosAuthCredentials,
      environment,
      inUrl,
    }),
    haproxyConfig: values.haproxyConfig ??
      (supervised ? `${values.workDir.replace(/\/+$/, "")}/haproxy.cfg` : "/etc/haproxy/haproxy.cfg"),
    syslogSocket: values.syslogSocket ??
      (supervised ? { transport: "none" } : { transport: "unix", path: "/dev/log", optional: true }),
    bindHttpHttps: !dontBindHttpHttps,
  };
}

function chooseEventAddress(
  { mode, eventAddress }: ModeChoice,
  { listening, sse }: FlagValues,
): string | undefined {
  if (mode === "direct" && sse && listening !== undefined) {
    throw new UsageError("--sse and --listening: expected one of them without a mode, got both");
  }
  if (mode === "direct") return listening;
  if (mode !== "event") return undefined;
  const address = eventAddress ?? listening;
  if (address !== undefined) return address;
  throw new UsageError(
    "event: expected ADDR:PORT after it or --listening ADDR:PORT, such as event 0.0.0.0:8080",
  );
}

/** The path of the file, if `--marathon` names one instead of a Marathon. */
export function marathonFile({ marathon }: Pick<Options, "marathon">): string | undefined {
  return marathon.find(isFileUrl)?.slice("file:".length);
}

/** A file is one answer: there are no events to follow, and no other Marathon to ask. */
function checkMarathonFile({ marathon }: FlagValues, once: boolean): void {
  const file = marathon.find(isFileUrl);
  if (file === undefined) return;
  if (marathon.length > 1) {
    throw new UsageError(
      `--marathon: expected one file or URLs of one cluster, got ${marathon.join(" and ")}`,
    );
  }
  if (once) return;
  throw new UsageError(
    `--marathon: expected a URL to follow, got ${file}; a file is for --dry and for commands that end, see --help`,
  );
}

function checkServicePorts({ minServicePort: lowest, maxServicePort: highest }: FlagValues): void {
  const flags = "--min-serv-port-ip-per-task and --max-serv-port-ip-per-task";
  if ((lowest === 0) !== (highest === 0)) {
    throw new UsageError(`${flags}: expected two ports, or 0 and 0 for none, got ${lowest} and ${highest}`);
  }
  if (lowest > highest) {
    throw new UsageError(
      `${flags}: expected the lowest port and then the highest, got ${lowest} and ${highest}`,
    );
  }
}

/**
 * The user and password of the first URL that has them, and the URLs without any, which may be logged. Throws a
 * UsageError if they cannot be decoded.
 */
export function takeUrlCredentials(
  urls: readonly string[],
): { credentials: Credentials | undefined; urls: string[] } {
  const credentials = urls.filter((url) => !isFileUrl(url)).map((url) => fromUrl(new URL(url)))
    .find((found) => found !== undefined);
  return { credentials, urls: urls.map((url) => isFileUrl(url) ? url : withoutCredentials(new URL(url))) };
}

function fromUrl({ username, password }: URL): Credentials | undefined {
  if (username === "") return undefined;
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    throw new UsageError(
      "--marathon: expected a URL whose user and password are percent-encoded, got another",
    );
  }
}

function withoutCredentials(url: URL): string {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare.href.replace(/\/+$/, "");
}
