import { readdir, readFile } from "node:fs/promises";
import { type Clock, systemClock } from "../../lib/shell/system/clock.ts";

/** What a process that leaks has ever more of. */
export interface Measurement {
  /** Resident memory of marathon-lb, in bytes. */
  readonly memory: number;
  /** Open file descriptors of marathon-lb. */
  readonly descriptors: number;
  /** marathon-lb, and every process of its HAProxy. */
  readonly processes: number;
}

const interval = 100;

/**
 * The least of each value over a window. What leaks is there at every moment of the window, and what comes and goes is not.
 *
 * @param directory what the command lines of all HAProxy's processes name
 */
export async function measure(
  { pid, directory, milliseconds, clock = systemClock }: {
    pid: number;
    directory: string;
    milliseconds: number;
    clock?: Clock;
  },
): Promise<Measurement> {
  const samples: Measurement[] = [];
  const end = clock.monotonic() + milliseconds;
  do {
    samples.push({
      memory: await residentMemory(pid),
      descriptors: (await readdir(`/proc/${pid}/fd`)).length,
      processes: 1 + (await haproxyProcesses(directory)).length,
    });
    await clock.sleep(interval);
  } while (clock.monotonic() < end);
  const least = (name: keyof Measurement) => Math.min(...samples.map((sample) => sample[name]));
  return { memory: least("memory"), descriptors: least("descriptors"), processes: least("processes") };
}

/** The processes of HAProxy, old workers included, by the directory that their command lines name. */
export async function haproxyProcesses(directory: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const named = await Promise.all(pids.map(async (pid) => {
    // One that ends meanwhile is none any more.
    const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
    return words.includes("-W") && words.some((word) => word.includes(directory)) ? [pid] : [];
  }));
  return named.flat();
}

async function residentMemory(pid: number): Promise<number> {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, "utf8")) ?? [];
  if (kilobytes === undefined) throw new Error(`/proc/${pid}/status tells no VmRSS: has marathon-lb ended?`);
  return Number(kilobytes) * 1024;
}
