import { fileURLToPath } from "node:url";
import process from "node:process";
import { findProgram } from "../install/findProgram.ts";
import { installMissing } from "../install/installMissing.ts";
import { buildIfOutdated } from "./buildIfOutdated.ts";
import { describeTotals } from "./describeTally.ts";
import type { Screen } from "./Screen.ts";
import { serve } from "./serve.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Installs and builds what is missing, serves until `stop` is aborted, and leaves nothing behind.
 *
 * @returns the exit code: 0 when every request was answered well
 * @throws {Error} of one line when it cannot be done; the reason of `stop` when it comes before anything is served
 */
export async function runDemo(
  { seconds, screen, stop }: { seconds?: number; screen: Screen; stop: AbortController },
): Promise<number> {
  const say = (line: string) => screen.log(line);
  await installMissing(["haproxy"], say);
  stop.signal.throwIfAborted();
  const executable = await buildIfOutdated(root, say, stop.signal);
  const haproxy = await findProgram("haproxy", process.env.PATH) as string;
  const end = await serve({ executable, haproxy, seconds, screen, stop });
  say(`Stopped by ${stop.signal.reason}: ${describeTotals(end)}`);
  return end.failures === 0 ? 0 : 1;
}
