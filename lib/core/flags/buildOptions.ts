import { chooseAccess } from "../marathon/auth/accessTable.ts";
import type { FlagValues } from "./FlagValues.ts";
import type { Mode } from "./modeTable.ts";
import type { Options } from "./Options.ts";
import type { Environment } from "./resolveFlagValues.ts";
import { takeUrlCredentials } from "./takeUrlCredentials.ts";
import { UsageError } from "./UsageError.ts";

/** What the command line asks for beside its flags. */
export interface ModeChoice {
  mode: Mode;
  /** The word after `event`. */
  eventAddress?: string;
}

/** The options that the flags' values make together. Throws a UsageError where they do not fit each other. */
export function buildOptions(choice: ModeChoice, values: FlagValues, environment: Environment): Options {
  const { help: _help, longhelp: _longhelp, version: _version, dontBindHttpHttps, ...others } = values;
  const { marathonAuthCredentialFile, authCredentials, dcosAuthCredentials, ...kept } = others;
  if (values.groups.length === 0) {
    throw new UsageError(
      "--group is required: give one or more, such as --group external, or --group '*' for all",
    );
  }
  checkServicePorts(values);
  const supervised = choice.mode !== "direct";
  const { credentials: inUrl, urls } = takeUrlCredentials(values.marathon);
  return {
    ...kept,
    mode: choice.mode,
    eventAddress: chooseEventAddress(choice, values),
    marathon: urls,
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
