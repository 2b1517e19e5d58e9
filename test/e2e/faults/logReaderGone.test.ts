import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { SyslogServer } from "../../support/SyslogServer.ts";
import type { Bench } from "../support/Bench.ts";
import { endToEnd } from "../support/endToEnd.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { webApp } from "../support/webApp.ts";

/** What was running before serves on, changes are taken over, and it stops as it should. */
async function goesOn(bench: Bench, flags: readonly string[] = []): Promise<void> {
  const marathon = await bench.startMarathon();
  const lb = await bench.serve({ flags });
  lb.stopReading();
  // Each of these is lines for the log.
  for (const name of ["one", "two", "three"]) {
    await marathon.createApp(await webApp(`/${name}`, { labels: { HAPROXY_0_VHOST: `${name}.test` } }));
    await eventually(async () => assert.equal((await bench.get(`${name}.test`)).status, 200));
    lb.signal("SIGHUP");
    lb.signal("SIGUSR1");
  }
  assert.equal(await bench.ask("/_mlb_health"), "healthy\n");
  assert.ok(lb.running);
  await bench.stop(lb);
}

endToEnd("the reader of standard error goes away, and it runs on without a log", (bench) => goesOn(bench));

endToEnd("the reader of standard error goes away, and syslog still gets the log", async (bench) => {
  await using syslog = await SyslogServer.tcp();
  await goesOn(bench, ["--syslog-socket", syslog.address]);
  assert.ok(
    syslog.messages.some((message) => message.includes("SIGTERM: stopping")),
    "the last lines are missing",
  );
});

endToEnd(
  "the reader of HAProxy's log on standard error goes away, and requests are answered",
  async (bench) => {
    const marathon = await bench.startMarathon();
    await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
    await marathon.settled();
    const lb = await bench.serve({ env: { HAPROXY_SYSLOGD: "true" } });
    lb.stopReading();
    for (let request = 0; request < 20; request++) assert.equal((await bench.get("web.test")).status, 200);
    assert.ok(lb.running);
  },
);

endToEnd("--dry whose reader closes the pipe ends with 0, and prints nothing", async (bench) => {
  const marathon = await bench.startMarathon();
  // More than a pipe holds.
  for (let app = 0; app < 150; app++) {
    await marathon.createApp(await webApp(`/app${app}`, { labels: { HAPROXY_0_VHOST: `app${app}.test` } }));
  }
  await marathon.settled();
  const [program, ...words] = [...bench.program.command, ...bench.flags, "--dry", "--log-level", "ERROR"];
  const child = spawn(program!, words, {
    cwd: bench.path("cwd"),
    env: { PATH: bench.path("bin") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
  const [first] = await once(child.stdout, "data");
  assert.match(String(first), /^global\n/);
  child.stdout.destroy();
  const [code, signal] = await once(child, "close");
  assert.deepEqual([code, signal, said.join("")], [0, null, ""]);
});
