import process from "node:process";
import { systemClock } from "../../lib/shell/clock/systemClock.ts";
import { pause } from "../simulated-marathon/pause.ts";
import { grandparent } from "./grandparent.ts";

const interval = 500;

/**
 * Started by `npx deno task demo`, stops when npx is gone: it passes a TERM that only itself gets on to its shell, which
 * ends without a word to Deno.
 */
export async function stopWithNpx(stop: AbortController): Promise<void> {
  if (process.env.npm_command !== "exec") return;
  const starter = await grandparent();
  while (await pause(systemClock, interval, stop.signal)) {
    if (await grandparent() !== starter) stop.abort("the end of npx");
  }
}
