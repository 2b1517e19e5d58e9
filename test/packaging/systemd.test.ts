import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseCommandLine } from "../../lib/core/flags/commandLine.ts";
import { withDirectory } from "../shell/system/withDirectory.ts";

/** What `systemd-analyze security` may give at the most, of 10. It was 1.9 by systemd 252; later ones may ask for more. */
const highestExposure = 2.5;

function packaged(name: string): string {
  return fileURLToPath(new URL(`../../packaging/systemd/${name}`, import.meta.url));
}

const unit = await readFile(packaged("marathon-lb.service"), "utf8");

/** Every value of a setting, in its order. */
function settings(name: string): string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value]) => value!);
}

const searchPath = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;
const env = { ...process.env, PATH: searchPath, SYSTEMD_PAGER: "", SYSTEMD_COLORS: "0" };

/** Registers a test that needs a program of Debian's package systemd. */
function withProgram(program: string, name: string, fn: () => Promise<void>): void {
  const there = searchPath.split(":").some((directory) => existsSync(join(directory, program)));
  const reason = there ? "" : ` (there is no ${program} here)`;
  Deno.test({ name: `systemd unit: ${name}${reason}`, ignore: !there, fn });
}

withProgram(
  "systemd-analyze",
  "systemd-analyze verify finds nothing",
  () =>
    withDirectory(async (directory) => {
      const place = join(directory, "marathon-lb.service");
      const program = join(directory, "program");
      await writeFile(program, "#!/bin/sh\n");
      await chmod(program, 0o755);
      const verify = async (text: string) => {
        // It looks for the programs, too, and they are installed elsewhere or not at all.
        await writeFile(place, text.replaceAll(/^(Exec\w+=)\S+/gm, `$1${program}`));
        const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", place], {
          env,
          encoding: "utf8",
        });
        return { status, said: stderr.split("\n").filter((line) => line.includes("marathon-lb")) };
      };
      assert.deepEqual(await verify(unit), { status: 0, said: [] });
      // What it would have said.
      const { said } = await verify(unit.replace("ProtectClock=", "ProtectClocks="));
      assert.match(said.join("\n"), /ProtectClocks/);
    }),
);

withProgram("systemd-analyze", `its exposure is ${highestExposure} at the most`, () => {
  const words = ["security", "--offline=true", packaged("marathon-lb.service")];
  const report = execFileSync("systemd-analyze", words, { env, encoding: "utf8" });
  const exposure = /Overall exposure level for \S+: ([\d.]+)/.exec(report)?.[1];
  console.log(`systemd-analyze security: ${exposure}`);
  assert.ok(Number(exposure) <= highestExposure, report);
  return Promise.resolve();
});

withProgram("systemd-sysusers", "its user is made", () =>
  withDirectory(async (root) => {
    await mkdir(join(root, "etc"));
    execFileSync("systemd-sysusers", [`--root=${root}`, packaged("marathon-lb.sysusers")], {
      env,
      stdio: "pipe",
    });
    assert.match(await readFile(join(root, "etc/passwd"), "utf8"), /^marathon-lb:.*:\/usr\/sbin\/nologin$/m);
  }));

Deno.test("systemd unit: its user is the one that is made", async () => {
  const [user] = settings("User");
  assert.deepEqual(settings("Group"), [user]);
  assert.match(await readFile(packaged("marathon-lb.sysusers"), "utf8"), new RegExp(`^u ${user} `, "m"));
});

Deno.test("systemd unit: it allows the sockets of HTTP, of syslog, and of the machine's addresses", () => {
  const families = settings("RestrictAddressFamilies").join(" ").split(" ");
  assert.deepEqual(families.sort(), ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_UNIX"]);
});

Deno.test("systemd unit: TimeoutStopSec is longer than its own shutdown", () => {
  const { shutdownTimeout } = optionsOf({});
  assert.ok(Number(settings("TimeoutStopSec")[0]) >= shutdownTimeout + 30);
});

Deno.test("systemd unit: all that it writes is in directories that it may write", () => {
  const options = optionsOf({});
  const writable = [...settings("RuntimeDirectory").map((name) => `/run/${name}`), "/var/lib/marathon-lb"];
  assert.deepEqual(settings("StateDirectory"), ["marathon-lb"]);
  for (
    const path of [options.workDir, options.runDir, options.stateDir, options.certDir, options.haproxyConfig]
  ) {
    assert.ok(writable.some((directory) => `${path}/`.startsWith(`${directory}/`)), path);
  }
});

Deno.test("systemd unit: the example of its environment is one that starts", async () => {
  const options = optionsOf(readEnvironment(await readFile(packaged("marathon-lb.default"), "utf8")));
  assert.deepEqual([options.marathon, options.groups], [["http://master.mesos:8080"], ["external"]]);
});

Deno.test("systemd unit: so is the example with all that is commented out", async () => {
  const text = await readFile(packaged("marathon-lb.default"), "utf8");
  const environment = readEnvironment(text.replaceAll(/^#(?=MARATHON_LB_)/gm, ""));
  const words = environment.MARATHON_LB_OPTIONS!.split(" ");
  const options = optionsOf(environment, words);
  assert.deepEqual([options.sslCerts, options.haproxyMap], [["/etc/marathon-lb/web.pem"], true]);
});

/** The options of the program as the unit starts it, with this in /etc/default/marathon-lb. */
function optionsOf(file: Record<string, string>, words: readonly string[] = []) {
  const specifiers: Record<string, string> = { S: "/var/lib", t: "/run", E: "/etc", "%": "%" };
  const given = settings("Environment").map((setting) => {
    const assignment = setting.replace(/^"(.*)"$/, "$1").replaceAll(/%(.)/g, (_, name) => specifiers[name]!);
    return [assignment.split("=", 1)[0]!, assignment.slice(assignment.indexOf("=") + 1)] as const;
  });
  const [command] = settings("ExecStart");
  assert.equal(command, "/usr/bin/marathon-lb sse $MARATHON_LB_OPTIONS");
  const environment = { MARATHON_LB_GROUP: "external", ...Object.fromEntries(given), ...file };
  const invocation = parseCommandLine(["sse", ...words], environment);
  assert.equal(invocation.kind, "run");
  return (invocation as Extract<typeof invocation, { kind: "run" }>).options;
}

function readEnvironment(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^([A-Z_]+)="(.*)"$/gm)].map(([, name, value]) => [name!, value!]),
  );
}
