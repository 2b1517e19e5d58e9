import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseCommandLine } from "../../../../lib/core/flags/commandLine.ts";
import { eventually } from "../../../../tools/harness/eventually.ts";
import { matrix } from "../../../../tools/haproxies/matrix.ts";
import { parts } from "../../../../tools/release/release.ts";
import { commandLine as simulatedMarathon } from "../../../../tools/simulated-marathon/commandLine.ts";
import type { ReadmeShell } from "./ReadmeShell.ts";

interface CommandRule {
  /** Of the whole command. */
  readonly pattern: RegExp;
  /** Runs the command, or checks of it what can be checked without. */
  check(shell: ReadmeShell, command: string, match: RegExpExecArray): Promise<void> | void;
  /** Why the command itself is not run. */
  readonly notRun?: string;
}

const root = new URL("../../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const isThere = (path: string) => assert.ok(existsSync(new URL(path, root)), `there is no ${path}`);

/** What becomes of each command of the pages; the first that fits counts. */
export const commandRules: readonly CommandRule[] = [
  {
    // CI runs the demo and these very tests by these commands, on a bare machine.
    pattern: /^(npx -y deno@[\d.]+ task )(\w+)$/,
    check(_shell, _command, [, start, task]) {
      assert.ok(read(".ci/run").includes(`\n${start}test:bare `), "the command of .ci/run");
      checkTask(task!);
    },
  },
  { pattern: /^deno task ([\w:]+)$/, check: (_shell, _command, [, task]) => checkTask(task!) },
  {
    pattern: /^deno task test --haproxy (\S+)$/,
    notRun: "deno task test runs the same tests",
    check(_shell, _command, [, version]) {
      checkTask("test");
      checkVersion(version!);
    },
  },
  {
    pattern: /^PATH="\$\(deno run -A (\S+) (\S+)\):\$PATH" deno test -A (\S+)$/,
    notRun: "it downloads packages",
    check(_shell, _command, [, tool, version, file]) {
      checkVersion(version!);
      for (const path of [tool, file]) isThere(path!);
    },
  },
  {
    pattern: /^deno task$/,
    async check(shell, command) {
      const { stdout, stderr } = await shell.runBoth(command);
      for (const task of Object.keys(tasks())) assert.ok((stdout + stderr).includes(`- ${task}\n`), task);
    },
  },
  {
    // The program from its sources, under a debugger or a profiler.
    pattern: /^deno run -A (?:--cpu-prof |--inspect )?main\.ts (.*)$/,
    notRun: "it does what the executable does",
    check(_shell, _command, [, words]) {
      assert.equal(parseCommandLine(words!.split(" "), {}).kind, "run");
    },
  },
  {
    pattern: /^deno run -A tools\/simulated-marathon\/main\.ts (.*)$/,
    notRun: "it listens on a fixed port until it is stopped",
    check(_shell, _command, [, words]) {
      simulatedMarathon().exitOverride().parse(words!.split(" "), { from: "user" });
    },
  },
  {
    pattern: /^deno run -A tools\/recording\/main\.ts$/,
    notRun: "it writes a file of the repository",
    check: () => isThere("tools/recording/main.ts"),
  },
  // Timings are no matter of tests.
  { pattern: /^deno run -A (bench\/\w+\.ts)$/, check: (_shell, _command, [, file]) => isThere(file!) },
  {
    pattern: /^marathon-lb (sse|poll|event) /,
    async check(shell, command) {
      shell.start(command);
      await eventually(() => shell.run("curl http://localhost:9090/_mlb_health"));
    },
  },
  {
    pattern: /^marathon-lb (deploy .*)$/,
    notRun: "the app of the page is not deployed in two colours; deploy.test.ts runs it",
    check(shell, _command, [, words]) {
      const argv = words!.replace('"$MARATHON_URL"', shell.bench.marathonUrl).split(" ");
      assert.equal(parseCommandLine(argv, {}).kind, "deploy");
    },
  },
  {
    pattern: /^marathon-lb /,
    async check(shell, command) {
      const printed = await shell.run(command);
      if (command.includes("--dry")) assert.match(printed, /^frontend marathon_http_in$/m);
      if (command.includes("--help")) assert.match(printed, /^Usage: marathon-lb /);
      if (command.includes("--longhelp")) assert.equal(printed, read("docs/reference.md"));
      if (command.includes("--version")) assert.match(printed, /^marathon-lb \d/);
    },
  },
  {
    pattern: /^curl .*-d @(\S+) "\$MARATHON_URL\/v2\/apps"$/,
    async check(shell, command) {
      assert.match(JSON.parse(await shell.run(command)).id, /^\//);
    },
  },
  {
    // An app that was just created takes a moment.
    pattern: /^curl (?:-H 'Host: \S+' )?http:\/\/localhost(?::10000)?\/$/,
    async check(shell, command) {
      assert.match(await eventually(() => shell.run(command)), /^\/web task /);
    },
  },
  {
    pattern: /^curl -o (\S+) "\$MARATHON_URL(\/v2\/apps\?embed=apps\.tasks)"$/,
    async check(shell, command, [, file]) {
      await shell.run(command);
      assert.ok(Array.isArray(JSON.parse(await shell.run(`cat ${file}`)).apps));
    },
  },
  {
    pattern: /^curl http:\/\/localhost:9090(\/\S+)$/,
    async check(shell, command) {
      assert.notEqual(await shell.run(command), "");
    },
  },
  {
    pattern: /^install -D (?:-m (\d+) )?(\S+) (-t )?"\$DESTDIR(\/[^"]+)"$/,
    async check(shell, command, [, mode = "755", source, intoDirectory, target]) {
      await shell.run(command);
      const name = intoDirectory ? `${target}/${source!.split("/").at(-1)}` : target!;
      const installed = shell.bench.path(`root${name}`);
      assert.equal((statSync(installed).mode & 0o777).toString(8), mode);
      assert.equal(statSync(installed).size, statSync(fileURLToPath(new URL(source!, root))).size);
    },
  },
  {
    // The build's own file has the same form, and names some of the files.
    pattern: /^sha256sum --ignore-missing -c SHA256SUMS$/,
    async check(shell, command) {
      assert.match(await shell.run(`cd dist && ${command}`), /^marathon-lb: OK$/m);
    },
  },
  {
    pattern: /^apt-get install \.\/(\S+)$/,
    notRun: "debianPackage.test.ts installs it in a Debian of its own",
    check(_shell, _command, [, pattern]) {
      const [start, end] = pattern!.split("*");
      assert.ok(parts.some(({ file }) => file.startsWith(start!) && file.endsWith(end!)), pattern);
    },
  },
  {
    pattern: /^systemd-sysusers$/,
    notRun: "it would change this machine",
    check(shell) {
      const directory = shell.bench.path("root/etc/sysusers.d");
      const users = readdirSync(directory).map((name) => readFileSync(`${directory}/${name}`, "utf8")).join(
        "",
      );
      const unit = read("packaging/systemd/marathon-lb.service");
      assert.ok(users.includes(`\nu ${/^User=(.*)$/m.exec(unit)?.[1]} `), "the user of the unit");
    },
  },
  {
    pattern: /^systemctl (?:enable|disable) --now (\S+)$/,
    notRun: "it would change this machine",
    check(shell, _command, [, unit]) {
      if (unit === "haproxy") return;
      const installed = (path: string) => readFileSync(shell.bench.path(`root${path}`));
      const program = /^ExecStart=(\S+)/m.exec(installed(`/etc/systemd/system/${unit}.service`).toString())
        ?.[1];
      assert.ok(installed(program ?? "").length > 0);
      assert.ok(installed("/etc/default/marathon-lb").includes("MARATHON_LB_GROUP="));
    },
  },
  {
    pattern: /^docker build -t marathon-lb \.$/,
    notRun: "it needs Docker",
    check: () => isThere("Dockerfile"),
  },
  {
    // What comes after the image are words of the program.
    pattern: /^docker run (.*) marathon-lb (.*)$/,
    notRun: "it needs Docker",
    check(shell, _command, [, ofDocker, words]) {
      assert.match(read("Dockerfile"), /^ENTRYPOINT \["\/usr\/local\/bin\/marathon-lb"\]$/m);
      assert.match(ofDocker!, /^(?:--network host|--stop-timeout \d+|-v marathon-lb:\/marathon-lb| )+$/);
      const argv = words!.replace('"$MARATHON_URL"', shell.bench.marathonUrl).split(" ");
      assert.equal(parseCommandLine(argv, {}).kind, "run");
    },
  },
];

function tasks(): Record<string, { command: string }> {
  return JSON.parse(read("deno.json")).tasks;
}

function checkVersion(version: string): void {
  assert.ok(matrix.some((row) => row.version === version), `there is no HAProxy ${version} in the matrix`);
}

function checkTask(name: string): void {
  const { command } = tasks()[name] ?? {};
  assert.ok(command, `there is no task ${name}`);
  // Others run Deno's own formatter, linter or tests, with folders at the end.
  const file = /^deno run -A (\S+)/.exec(command)?.[1] ?? / (test\/\S+)$/.exec(command)?.[1];
  if (file !== undefined) isThere(file);
  else assert.match(command, /^deno (?:fmt|test) /);
}
