import { readFile } from "node:fs/promises";

/** CAP_SYS_RESOURCE of capabilities(7): the right to raise limits. */
const mayRaiseLimits = 1n << 24n;

/**
 * How many file descriptors HAProxy can have when we start it: the hard limit, or what the kernel allows at most where
 * it may raise its limit itself. Undefined where the system does not say.
 *
 * @param proc where procfs is mounted
 */
export async function fileDescriptorLimit(proc = "/proc"): Promise<number | undefined> {
  const read = (path: string) => readFile(`${proc}/${path}`, "utf8").catch(() => "");
  const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(await read("self/status"))?.[1] ?? "0";
  if (BigInt(`0x${capabilities}`) & mayRaiseLimits) {
    const most = Number(await read("sys/fs/nr_open"));
    if (most > 0) return most;
  }
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(await read("self/limits"))?.[1];
  return hard === undefined ? undefined : Number(hard);
}
