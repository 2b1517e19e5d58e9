import { readFile, writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { capabilities, effectiveCapabilities } from "../shell/haproxy/ports.ts";
import type { Logger } from "../shell/log/logger.ts";
import { fileError, hasCode } from "../shell/system/files.ts";
import type { RunContext } from "./context.ts";

/**
 * Names that hold credentials or keys, or configure only us. They include those of the service manager: with them,
 * HAProxy would report in our name that it is ready, or reloads. One arena is enough for our memory. HAProxy's threads
 * would wait for each other in it.
 */
const ours =
  /^(MARATHON_|VAULT_|DCOS_SERVICE_ACCOUNT_CREDENTIAL$|HAPROXY_SSL_CERT\d*$|NOTIFY_SOCKET$|WATCHDOG_(PID|USEC)$|MALLOC_ARENA_MAX$)/;

/**
 * The environment HAProxy gets: ours, because configurations may use it (`$PORTS`), without what is secret. Any process that
 * can read HAProxy's `/proc` entry would see it.
 *
 * @param controlSocket where the Lua scripts reach us; nowhere in direct mode
 */
export function haproxyEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  controlSocket?: string,
): Record<string, string | undefined> {
  const kept = Object.entries(environment).filter(([name]) => !ours.test(name));
  const socket = controlSocket === undefined ? {} : { MARATHON_LB_CONTROL_SOCKET: controlSocket };
  return { ...Object.fromEntries(kept), ...socket };
}

/**
 * How many file descriptors HAProxy can have when we start it: the hard limit. Where HAProxy may raise its limit
 * itself, the kernel's maximum. Undefined where the system does not say.
 *
 * @param proc where procfs is mounted
 */
export async function fileDescriptorLimit(proc = "/proc"): Promise<number | undefined> {
  const read = (path: string) => readFile(`${proc}/${path}`, "utf8").catch(() => "");
  const ours = await effectiveCapabilities("self", proc) ?? 0n;
  if (ours & capabilities.raiseLimits) {
    const most = Number(await read("sys/fs/nr_open"));
    if (most > 0) return most;
  }
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(await read("self/limits"))?.[1];
  return hard === undefined ? undefined : Number(hard);
}

/**
 * The addresses of this machine. A service manager may forbid the netlink socket that reading them takes
 * (`RestrictAddressFamilies=`): then none, with a warning.
 *
 * @param read for tests
 */
export function ownAddresses(
  logger: Logger,
  read: typeof networkInterfaces = networkInterfaces,
): Set<string> {
  try {
    return new Set(Object.values(read()).flatMap((all) => all ?? []).map(({ address }) => address));
  } catch (error) {
    logger.warning(
      `The addresses of this machine cannot be read: ${
        (error as Error).message
      }; a task at one of them that leads ` +
        "back to HAProxy is not found out; under systemd, add AF_NETLINK to RestrictAddressFamilies=",
    );
    return new Set();
  }
}

const variable = "HAPROXY_SYSCTL_PARAMS";

const notAllowed =
  "not allowed here; set it on the host or in the description of the container, or run with more rights";

/** What the errors of files mean for kernel parameters, by their code. */
const reasons: Record<string, string> = {
  EACCES: notAllowed,
  EPERM: notAllowed,
  EROFS: notAllowed,
  EINVAL: "the kernel refuses this value; check it",
  ENOENT: "there is no such kernel parameter here; check its name",
  ENOTDIR: "there is no such kernel parameter here; check its name",
  EISDIR: "that is a group of kernel parameters; name one of them",
};

/**
 * Sets the kernel parameters of `HAPROXY_SYSCTL_PARAMS`, in their order.
 *
 * @param root where they are: `/proc/sys` but in tests
 * @throws {Error} of one line at the first that cannot be set; with `HAPROXY_SYSCTL_NONSTRICT` each is a warning
 */
export async function applySysctls(
  { environment, logger }: Pick<RunContext, "environment"> & { logger: Logger },
  root = "/proc/sys",
): Promise<void> {
  for (const sysctl of parseSysctls(environment.HAPROXY_SYSCTL_PARAMS ?? "")) {
    try {
      if ("problem" in sysctl) throw new Error(sysctl.problem);
      const { key, value, path } = sysctl;
      await setParameter(join(root, path), `${key}=${value}`, value);
      logger.info(`Kernel parameter ${key} set to ${value}`);
    } catch (error) {
      const { message } = error as Error;
      if (!environment.HAPROXY_SYSCTL_NONSTRICT) {
        throw new Error(
          `${variable}: ${message}. HAPROXY_SYSCTL_NONSTRICT=true continues the start without it`,
        );
      }
      logger.warning(`${variable}: ${message}`);
    }
  }
}

async function setParameter(path: string, what: string, value: string): Promise<void> {
  try {
    // Never made: what is not there, this kernel does not know.
    await writeFile(path, `${value}\n`, { flag: "r+" });
  } catch (error) {
    const reason = Object.entries(reasons).find(([code]) => hasCode(error, code))?.[1];
    if (reason !== undefined) throw new Error(`Cannot set ${what}: ${reason}`);
    throw fileError(`set ${what} in`, path, error);
  }
}

/** A kernel parameter to set. */
export interface Sysctl {
  /** As it was given. */
  key: string;
  value: string;
  /** Under `/proc/sys`. */
  path: string;
}

/** A word that sets nothing, and why, as one line. */
export interface UnfitSysctl {
  problem: string;
}

/**
 * Reads `key=value …`. In a key, dots separate directories and a slash stands for a dot. A key whose first separator is
 * a slash is a plain path (sysctl(8)).
 */
export function parseSysctls(text: string): (Sysctl | UnfitSysctl)[] {
  return text.split(/\s+/).filter((word) => word !== "").map((word) => {
    const [, key, value] = /^([^=]*)=(.+)$/.exec(word) ?? [];
    if (key === undefined || value === undefined) {
      return { problem: `${JSON.stringify(word)} is not of the form key=value, without blanks in the value` };
    }
    const path = toPath(key);
    if (!/^[\w.-]+(\/[\w.-]+)+$/.test(path) || path.split("/").some((name) => /^\.+$/.test(name))) {
      return {
        problem: `${JSON.stringify(key)} is no name of a kernel parameter such as net.core.somaxconn`,
      };
    }
    return { key, value, path };
  });
}

function toPath(key: string): string {
  if (/[./]/.exec(key)?.[0] === "/") return key;
  return key.replaceAll(/[./]/g, (separator) => separator === "." ? "/" : ".");
}
