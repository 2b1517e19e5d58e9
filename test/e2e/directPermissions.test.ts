import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { selfSignedCertificate } from "../../lib/shell/certificates/prepare.ts";
import { systemClock } from "../../lib/shell/system/clock.ts";
import { directPermissionFlags } from "../../tools/build/permissions.ts";
import { Bench } from "./support/Bench.ts";
import { built } from "./support/programs.ts";
import { webApp } from "./support/webApp.ts";
import { writeScript } from "./support/writeScript.ts";

/** Runs a test for the bundle that may run HAProxy and a program `reload`, and little else. */
function restricted(test: (bench: Bench) => Promise<void>): Promise<void> {
  const command = [
    process.execPath,
    "run",
    ...directPermissionFlags(["reload"]),
    built("marathon-lb.js"),
  ] as const;
  return Bench.use({ name: "bundle under Deno", command }, async (bench) => {
    await writeScript(bench.path("bin/reload"), `echo "$1" >> "$2"`);
    const marathon = await bench.startMarathon();
    await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
    await marathon.settled();
    await test(bench);
  });
}

Deno.test("bundle under Deno: direct mode works with few permissions, HAProxy's validation included", () =>
  restricted(async (bench) => {
    const certificate = bench.path("cert.pem");
    await writeFile(certificate, await selfSignedCertificate("web.test", systemClock));
    await mkdir(bench.path("etc"));
    const configFile = bench.path("etc/haproxy.cfg");
    const { code, lines } = await bench.run([
      ...bench.flags,
      ...["--haproxy-config", configFile, "--ssl-certs", certificate],
      ...["--command", `reload reloaded '${bench.path("reloads")}'`],
    ]);
    assert.equal(code, 0, lines.join("\n"));
    assert.match(await readFile(configFile, "utf8"), /^backend web_\d+$/m);
    assert.equal(await readFile(bench.path("reloads"), "utf8"), "reloaded\n");
  }));

Deno.test("bundle under Deno: --dry and --version work with few permissions", () =>
  restricted(async (bench) => {
    for (const mode of [[], ["sse"]]) {
      const { code, output, lines } = await bench.run([...mode, ...bench.flags, "--dry"]);
      assert.equal(code, 0, lines.join("\n"));
      assert.match(output, /^backend web_\d+$/m);
    }
    const { code, output } = await bench.run(["--version"]);
    assert.equal(code, 0);
    assert.match(output, /^HAProxy \S+ at \S+\/bin\/haproxy$/m);
  }));

Deno.test("bundle under Deno: with few permissions no other program is run", () =>
  restricted(async (bench) => {
    const flags = [
      "--haproxy-config",
      bench.path("haproxy.cfg"),
      "--skip-validation",
      "--max-reload-retries",
      "0",
    ];
    const { code, lines } = await bench.run([...bench.flags, ...flags, "--command", process.execPath]);
    assert.equal(code, 1);
    assert.match(lines.at(-1)!, /cannot be run: Requires run access to /);
  }));
