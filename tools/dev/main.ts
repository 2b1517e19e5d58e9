/**
 * The demo, built and started again whenever a source changes: `deno task dev`. A build that fails is shown, and the next
 * change tries again. Ctrl-C ends it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { sources } from "../demo/executable.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const watched = [...sources, "tools/demo", "tools/simulated-marathon"].map((name) => join(root, name));
/** An editor writes several times, and a checkout many files: milliseconds without a change before a restart. */
const quiet = 200;

let stopping = false;
let demo = start();
let waiting: ReturnType<typeof setTimeout> | undefined;
let restarting = Promise.resolve();

const watcher = Deno.watchFs(watched);
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    stopping = true;
    watcher.close();
  });
}
for await (const { kind, paths } of watcher) {
  if (kind === "access" || kind === "other") continue;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    console.log(`\nChanged: ${paths.map((path) => path.slice(root.length)).join(", ")}`);
    restarting = restarting.then(restart);
  }, quiet);
}
clearTimeout(waiting);
await restarting;
await stop(demo);

async function restart(): Promise<void> {
  await stop(demo);
  if (!stopping) demo = start();
}

/** In a separate process group it does not receive the terminal's Ctrl-C, so that only this program stops it, once. */
function start(): ChildProcess {
  const words = ["run", "-A", "tools/demo/main.ts"];
  return spawn(process.execPath, words, {
    cwd: root,
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
  });
}

/** The demo leaves nothing behind when it gets TERM. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
