/** Installs what the tests need, checks everything, and ends with the HAProxies it ran on and one line of counts. */
import { Command } from "commander";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { delimiter, dirname, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { matrix, minorOf } from "../haproxies/matrix.ts";
import {
  cacheFolder,
  machineHaproxy,
  type ProvidedHaproxy,
  provideHaproxy,
  versionOf,
} from "../haproxies/provide.ts";
import { extractedFolder, extractPackage, findExtracted } from "../install/extractPackage.ts";
import { installMissing, systemDirectories } from "../install/installMissing.ts";
import { describeCounts, describeMatrix } from "./counts.ts";
import { runSteps, stepsFor } from "./runSteps.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const needed = [
  "haproxy",
  "wrk",
  "curl",
  { package: "binutils", program: "readelf" },
  { package: "libcap2-bin", program: "capsh" },
  { package: "iproute2", program: "ip" },
  { package: "procps", program: "ps" },
  { package: "systemd", program: "systemd-analyze" },
  { package: "ca-certificates", file: "/etc/ssl/certs/ca-certificates.crt" },
];

/** Tests in a browser are ignored where it cannot be had. */
const browser = { package: "chromium", file: "/usr/bin/chromium" };

/** The Dockerfile is not built where they cannot be had. */
const imageBuilder = ["buildah", "debootstrap"];

/** End-to-end tests mostly wait. On a small machine, one more job than processors keeps all processors in use. */
const jobs = String(Math.max(3, availableParallelism()));

const { haproxy: only } = new Command("test")
  .description(
    "Checks and tests everything, and what depends on HAProxy on each version of it that there is.",
  )
  .option(
    "--haproxy <version>",
    `only what depends on HAProxy, on one: ${matrix.map(({ version }) => version).join(", ")}, or a path`,
  )
  .parse(process.argv).opts<{ haproxy?: string }>();

const { total, haproxies, failures } = await runSteps((own) => stepsFor({ own, only }), {
  async install() {
    await installMissing(needed, console.log);
    await installMissing([browser], console.log).catch((error: Error) =>
      console.log(`The tests in Chromium are ignored: ${error.message}`)
    );
    await installMissing(imageBuilder, console.log).catch((error: Error) =>
      console.log(`The Dockerfile is not built: ${error.message}`)
    );
    await providePrometheus().catch((error: Error) =>
      console.log(`The tests with Prometheus are ignored: ${error.message}`)
    );
  },
  provide,
  runDeno,
  say: console.log,
});
for (const failure of failures) console.log(`\nFailed: ${failure}`);
if (haproxies.length > 0) console.log(`\n${describeMatrix(haproxies).join("\n")}`);
console.log(`\n${describeCounts(total)}`);
// One that is asked for by name has to be tested; of the others, the archive may not be reachable.
const missing = only !== undefined && haproxies.some(({ counts }) => counts === undefined);
process.exit(total.failed === 0 && !missing ? 0 : 1);

/** Not installed: its package starts a server, at the port of the statistics. */
async function providePrometheus(): Promise<void> {
  const folder = extractedFolder("prometheus");
  const found = await Promise.all(["prometheus", "promtool"].map((name) => findExtracted(name, folder)));
  if (found.every((path) => path !== undefined)) return;
  console.log("Downloading prometheus with apt-get");
  await extractPackage("prometheus", folder);
}

/** The machine's own where it is of the version; else one of Debian's, or the one at a path. */
async function provide(version?: string) {
  if (version?.includes("/")) {
    const path = resolve(version);
    return { version: await versionOf(path), directory: dirname(path) };
  }
  const own = await machineHaproxy();
  if (version === undefined || minorOf(own.version) === version) return own;
  const row = matrix.find((row) => row.version === version);
  if (row === undefined) {
    throw new Error(`no release of Debian is known to have HAProxy ${version}: name the path of one`);
  }
  return await provideHaproxy(row, cacheFolder(process.env, process.getuid?.() === 0), console.log);
}

/** Shows what Deno writes while it does. */
async function runDeno(
  words: readonly string[],
  haproxy?: ProvidedHaproxy,
): Promise<{ ok: boolean; output: string }> {
  const { PATH = "", ...environment } = process.env;
  const child = spawn(process.execPath, words, {
    cwd: root,
    env: {
      ...environment,
      DENO_JOBS: environment.DENO_JOBS ?? jobs,
      PATH: [...haproxy ? [haproxy.directory] : [], PATH, ...systemDirectories].join(delimiter),
      // What the bundle generates is the same, so that one program is enough for another HAProxy.
      ...haproxy ? { TEST_PROGRAM: "executable" } : {},
      ...haproxy?.tree === undefined ? {} : { TEST_IMAGE_TREE: haproxy.tree },
      // Deno writes colours into a file, too.
      ...(process.stdout.isTTY ? {} : { NO_COLOR: "1" }),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  const [code] = await once(child, "close");
  return { ok: code === 0, output };
}
