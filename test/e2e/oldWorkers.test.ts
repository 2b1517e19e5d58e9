import assert from "node:assert/strict";
import { eventually } from "../../tools/harness/eventually.ts";
import { feature } from "./support/feature.ts";
import { HeldRequest } from "./support/HeldRequest.ts";
import type { MarathonLb } from "../../tools/harness/MarathonLb.ts";
import { processesNaming } from "./support/processesNaming.ts";
import { serveApps } from "./support/serveApps.ts";
import { webApp } from "./support/webApp.ts";

const web = () => webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } });

async function reload(lb: MarathonLb): Promise<void> {
  const before = lb.lines.length;
  lb.signal("SIGUSR1");
  await lb.until(/Reloaded /, before);
}

feature("an old worker ends after --hard-stop-after, whatever its requests do", async (bench) => {
  const { lb } = await serveApps(bench, [await web()], { flags: ["--hard-stop-after", "1"] });
  const held = await HeldRequest.start(bench, "web.test");
  await reload(lb);
  assert.equal(processesNaming(bench.configFile).length, 3);
  await eventually(() => assert.equal(processesNaming(bench.configFile).length, 2));
  // HAProxy 2.8.0 tells the client, other versions cut the connection.
  assert.match(await held.reply, /^(?:HTTP\/1\.1 502 [^]*)?$/);
  assert.equal(lb.count(/HAProxy exited unexpectedly/), 0);
});

feature("an old worker ends after --mworker-max-reloads reloads", async (bench) => {
  const { lb } = await serveApps(bench, [await web()], { flags: ["--mworker-max-reloads", "2"] });
  const held = await HeldRequest.start(bench, "web.test");
  await reload(lb);
  assert.equal(processesNaming(bench.configFile).length, 3, "it outlives the first");
  for (let reloads = 0; reloads < 2; reloads++) await reload(lb);
  await eventually(() => assert.equal(processesNaming(bench.configFile).length, 2));
  assert.equal(await held.reply, "");
  assert.equal(lb.count(/HAProxy exited unexpectedly/), 0);
});
