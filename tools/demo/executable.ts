import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";

/** What the executable is built from, in the repository. */
export const sources = [
  "main.ts",
  "build.ts",
  "deno.json",
  "deno.lock",
  "lib",
  "lua",
  "templates",
  "tools/build",
];

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
  signal.throwIfAborted();
  throw new Error(
    `The build failed with code ${code}; what went wrong is above (deno task build tries again)`,
  );
}

/** Whether `product` is missing, or older than one of `sources`: files, or directories with all that is in them. */
export async function isOutdated(product: string, sources: readonly string[]): Promise<boolean> {
  const built = await stat(product).catch(() => undefined);
  if (!built) return true;
  const changes = await Promise.all(sources.map(lastChange));
  return Math.max(...changes) > built.mtimeMs;
}

/** Milliseconds since 1970. */
async function lastChange(path: string): Promise<number> {
  const entry = await stat(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  const names = await readdir(path);
  return Math.max(entry.mtimeMs, ...await Promise.all(names.map((name) => lastChange(join(path, name)))));
}
