import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { Bench } from "../support/Bench.ts";
import { endToEnd } from "../support/endToEnd.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { feature } from "../support/feature.ts";
import { processesNaming } from "../support/processesNaming.ts";
import { webApp } from "../support/webApp.ts";

const group = { HAPROXY_GROUP: "external" };
const vhost = (name: string) => ({ HAPROXY_0_VHOST: `${name}.test` });
/** How `haproxy -c` comes to read something without an end. */
const spinning = {
  HAPROXY_0_BACKEND_HTTP_OPTIONS: "  http-request set-header X %[path,map_str(/dev/zero)]\n",
};

async function assertServes(bench: Bench, name: string): Promise<void> {
  await eventually(async () => assert.equal((await bench.get(`${name}.test`)).status, 200));
}

/** What one app's labels do to `haproxy -c` is not felt by another one, and is over with them. */
async function assertHarmless(bench: Bench, labels: Readonly<Record<string, string>>): Promise<void> {
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { labels: vhost("web") }));
  await marathon.settled();
  const lb = await bench.serve();
  await assertServes(bench, "web");

  await marathon.createApp(await webApp("/slow", { labels: { ...vhost("slow"), ...labels } }));
  await marathon.settled();
  await marathon.createApp(await webApp("/late", { labels: vhost("late") }));
  await assertServes(bench, "late");
  await lb.until(/WARNING .*\/slow: service 0 waits until HAProxy has checked it: .* did not end/);
  assert.equal(lb.count(/Retrying in/), 0);
  await lb.until(
    /ERROR .*\/slow: service 0 is left out, HAProxy refuses it: haproxy -c did not end within 1\d\.\d s/,
  );
  // Other checks come and go; the one that does not end would stay.
  await eventually(() => assert.deepEqual(processesNaming(`${bench.directory}/work/.`), []));

  await marathon.updateApp("/slow", { labels: { ...group, ...vhost("slow") } });
  await assertServes(bench, "slow");
  await assertServes(bench, "web");
  assert.match(await bench.ask("/_mlb_health"), /^healthy/);
}

endToEnd(
  "a template label with which haproxy -c does not end: others are served, then it is left out",
  async (bench) => {
    await assertHarmless(bench, spinning);
  },
);

feature(
  "a named pipe as SSL_CERT, on which haproxy -c waits: others are served, then it is left out",
  async (bench) => {
    const pipe = bench.path("pipe");
    execFileSync("mkfifo", [pipe]);
    await assertHarmless(bench, { HAPROXY_0_SSL_CERT: pipe });
  },
);

feature("a label with which haproxy -c does not end, at the start: all others are served", async (bench) => {
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { labels: vhost("web") }));
  await marathon.createApp(await webApp("/slow", { labels: { ...vhost("slow"), ...spinning } }));
  await marathon.settled();
  const lb = bench.start();
  await lb.until(/HAProxy serves/);
  await assertServes(bench, "web");
  await lb.until(/ERROR .*\/slow: service 0 is left out, HAProxy refuses it: haproxy -c did not end/);
  assert.equal((await bench.get("web.test")).status, 200);
});

feature(
  "direct mode with a label with which haproxy -c does not end: all others are written",
  async (bench) => {
    const marathon = await bench.startMarathon();
    await marathon.createApp(await webApp("/web", { labels: vhost("web") }));
    await marathon.createApp(await webApp("/slow", { labels: { ...vhost("slow"), ...spinning } }));
    await marathon.settled();
    const flags = [...bench.flags, "--haproxy-config", bench.configFile, "--command", "/bin/true"];
    const { code, lines } = await bench.run([...flags, "--strict-exit", "--dont-bind-http-https"]);
    assert.equal(code, 1, lines.join("\n"));
    const text = await bench.readConfig();
    assert.deepEqual(text.match(/^backend (web|slow)_/gm), ["backend web_"]);
  },
);
