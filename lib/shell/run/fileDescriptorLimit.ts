import { readFile } from "node:fs/promises";
import { capabilities, effectiveCapabilities } from "../haproxy/effectiveCapabilities.ts";

/**
 * How many file descriptors HAProxy can have when we start it: the hard limit, or what the kernel allows at most where
 * it may raise its limit itself. Undefined where the system does not say.
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
