import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseSysctls } from "../../core/sysctl/parseSysctls.ts";
import { fileError } from "../files/fileError.ts";
import { hasCode } from "../files/hasCode.ts";
import type { Logger } from "../log/Logger.ts";
import type { RunContext } from "./RunContext.ts";

const variable = "HAPROXY_SYSCTL_PARAMS";

const notAllowed =
  "not allowed here; set it on the host or in the description of the container, or run with more rights";

/** What the errors of files mean for kernel parameters, by their code. */
const reasons: Record<string, string> = {
  EACCES: notAllowed,
  EPERM: notAllowed,
  EROFS: notAllowed,
  EINVAL: "the kernel does not take this value; check it",
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
        throw new Error(`${variable}: ${message}. HAPROXY_SYSCTL_NONSTRICT=true would start without it`);
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
