import { readFile } from "node:fs/promises";
import process from "node:process";
import { systemClock } from "../../lib/shell/system/clock.ts";
import { pause } from "../simulated-marathon/pause.ts";

/** Aborted when the demo is asked to stop, or when the reader of its output has ended. The reason says which. */
export function stopRequests(): AbortController {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stop.abort(name));
  for (const output of [process.stdout, process.stderr]) {
    output.on("error", () => stop.abort("the end of its output"));
  }
  return stop;
}

/**
 * Under `npx deno task demo`, stops when npx has ended. npx passes a TERM that only it receives on to its shell. The
 * shell then ends without a signal to Deno.
 */
export async function stopWithNpx(stop: AbortController): Promise<void> {
  if (process.env.npm_command !== "exec") return;
  const interval = 500;
  const starter = await grandparent();
  while (await pause(systemClock, interval, stop.signal)) {
    if (await grandparent() !== starter) stop.abort("the end of npx");
  }
}

/** The process that started the one that started this one; undefined where the system does not tell (no `/proc`). */
async function grandparent(): Promise<number | undefined> {
  const stat = await readFile(`/proc/${process.ppid}/stat`, "utf8").catch(() => undefined);
  // The command name may hold spaces and parentheses, so the fields are counted from the last ")" (proc(5)).
  const parent = stat?.slice(stat.lastIndexOf(")") + 1).trim().split(" ")[1];
  return parent === undefined ? undefined : Number(parent);
}
