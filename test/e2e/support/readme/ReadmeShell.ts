import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../../../../tools/harness/freePort.ts";
import { markdownBlocks } from "../../../support/markdownBlocks.ts";
import type { Bench } from "../Bench.ts";
import { deadline } from "../../../../tools/harness/eventually.ts";
import { MarathonLb } from "../../../../tools/harness/MarathonLb.ts";
import { readme } from "./readmeCommands.ts";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../../../..", import.meta.url));

/**
 * A shell in which the README's commands run word for word: `marathon-lb` is on the PATH, the places of this bench are in
 * the variables that flags have, `$DESTDIR` is a directory, and curl connects to the bench's ports for those of the README.
 */
export class ReadmeShell {
  #supervised: MarathonLb | undefined;

  private constructor(readonly bench: Bench, readonly env: Readonly<Record<string, string>>) {}

  static async prepare(bench: Bench): Promise<ReadmeShell> {
    await bench.startMarathon();
    const program = bench.program.command[0];
    await symlink(program, bench.path("bin/marathon-lb"));
    await symlink(process.execPath, bench.path("bin/deno"));
    for (const name of ["dist", "docs", "packaging", "deno.json"]) {
      await symlink(`${root}/${name}`, bench.path(`cwd/${name}`));
    }
    await mkdir(bench.path("root"));
    const servicePort = await freePort();
    await writeApps(bench, servicePort);
    const { http, admin } = bench.ports;
    const ports = { 80: http, 9090: admin, 10000: servicePort };
    const connections = Object.entries(ports).map(([port, ours]) =>
      `connect-to = "localhost:${port}:127.0.0.1:${ours}"`
    );
    await writeFile(bench.path(".curlrc"), ["silent", "show-error", "fail", ...connections, ""].join("\n"));
    return new ReadmeShell(bench, {
      PATH: `${bench.path("bin")}:${process.env.PATH}`,
      HOME: bench.directory,
      NO_COLOR: "1",
      DESTDIR: bench.path("root"),
      MARATHON_URL: bench.marathonUrl,
      // What this bench runs: no difference is found.
      OLD_LB: bench.admin,
      ...placesOf(bench),
    });
  }

  /** What a command prints; rejects where its exit code is not 0. */
  async run(command: string): Promise<string> {
    return (await this.runBoth(command)).stdout;
  }

  runBoth(command: string): Promise<{ stdout: string; stderr: string }> {
    return execute("bash", ["-euo", "pipefail", "-c", command], {
      cwd: this.bench.path("cwd"),
      env: this.env,
      timeout: deadline,
      maxBuffer: 64 * 1024 * 1024,
    });
  }

  /** Starts a command that stays until the end of the test. */
  start(command: string): void {
    assert.equal(this.#supervised, undefined, "one of these at a time");
    this.#supervised = new MarathonLb(["bash", "-c", `exec ${command}`], {
      cwd: this.bench.path("cwd"),
      env: this.env,
    });
  }

  /** Stops what was started; it has to end with 0. */
  async stop(): Promise<void> {
    this.#supervised?.signal("SIGTERM");
    assert.deepEqual(await this.#supervised?.exited, { code: 0, signal: null });
    this.bench.assertNothingRuns();
  }

  /** The log of what was started. */
  get log(): readonly string[] {
    return this.#supervised?.lines ?? [];
  }
}

/** The places of the bench, as the variables of flags that the README does not give. */
function placesOf(bench: Bench): Record<string, string> {
  const { http, https, admin, appid } = bench.ports;
  const binds = { HTTP_BIND: http, HTTPS_BIND: https, ADMIN_BIND: admin, APPID_BIND: appid };
  return Object.fromEntries([
    ...Object.entries(binds).map(([name, port]) => [`MARATHON_LB_${name}`, `127.0.0.1:${port}`]),
    ...["work", "run", "state", "cert"].map((name) => [
      `MARATHON_LB_${name.toUpperCase()}_DIR`,
      bench.path(name),
    ]),
    ["MARATHON_LB_SYSLOG_SOCKET", "/dev/null"],
  ]);
}

/** Each app of the README as the file that the prose before it names, at a service port that nobody else uses. */
async function writeApps(bench: Bench, servicePort: number): Promise<void> {
  for (const { language, text, before } of markdownBlocks(readme)) {
    if (language !== "json" || !("id" in JSON.parse(text))) continue;
    const name = /`([\w-]+\.json)`:$/.exec(before)?.[1];
    assert.ok(name, `the prose before an app names its file: ${before.split("\n").at(-1)}`);
    const app = JSON.parse(text);
    assert.deepEqual(app.portDefinitions, [{ port: 10000 }], "curl connects to this port");
    app.portDefinitions = [{ port: servicePort }];
    await writeFile(bench.path(`cwd/${name}`), JSON.stringify(app));
  }
}
