import { readFile } from "node:fs/promises";

/** Bits of capabilities(7). */
export const capabilities = { bindService: 1n << 10n, raiseLimits: 1n << 24n };

/**
 * The effective capabilities of a process, as bits (`CapEff` of proc_pid_status(5)). Undefined where the system does not
 * say, or the process has ended.
 *
 * @param proc where procfs is mounted
 */
export async function effectiveCapabilities(
  pid: number | "self",
  proc = "/proc",
): Promise<bigint | undefined> {
  const status = await readFile(`${proc}/${pid}/status`, "utf8").catch(() => "");
  const bits = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return bits === undefined ? undefined : BigInt(`0x${bits}`);
}
