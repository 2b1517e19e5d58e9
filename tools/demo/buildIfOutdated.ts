import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { isOutdated } from "./isOutdated.ts";

const sources = ["main.ts", "build.ts", "deno.json", "deno.lock", "lib", "lua", "templates", "tools/build"];

/**
 * Builds the executable where it is missing or older than its sources; resolves to its path.
 *
 * @param root the repository's directory
 * @param say gets a line for what is about to be done
 */
export async function buildIfOutdated(
  root: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const executable = join(root, "dist/marathon-lb");
  if (!await isOutdated(executable, sources.map((name) => join(root, name)))) return executable;
  say("Building dist/marathon-lb, which is missing or older than its sources");
  signal.throwIfAborted();
  // A process group of its own, so that it can be ended with all the programs that it runs.
  const build = spawn(process.execPath, ["run", "-A", "build.ts"], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const end = () => process.kill(-(build.pid as number), "SIGTERM");
  signal.addEventListener("abort", end, { once: true });
  const [code] = await once(build, "exit");
  signal.removeEventListener("abort", end);
  if (code === 0) return executable;
  // What is half written would pass for new the next time.
  await rm(executable, { force: true });
  signal.throwIfAborted();
  throw new Error(
    `The build failed with code ${code}; what went wrong is above (deno task build tries again)`,
  );
}
