import assert from "node:assert/strict";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { webApp } from "./support/webApp.ts";

endToEnd("poll follows Marathon by asking, without its events", async (bench) => {
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
  await marathon.settled();
  const lb = bench.start({ mode: "poll", flags: ["--poll-interval", "1"] });
  await lb.until(/HAProxy serves/);
  assert.equal((await bench.get("web.test")).status, 200);

  const begin = lb.lines.length;
  await marathon.createApp(await webApp("/more", { labels: { HAPROXY_0_VHOST: "more.test" } }));
  await marathon.settled();
  await lb.until(/Applied .*triggered by the poll timer/, begin);
  await eventually(async () => assert.equal((await bench.get("more.test")).status, 200));
  assert.equal(marathon.requests.count("/v2/events"), 0);
});
