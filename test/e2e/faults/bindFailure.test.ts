import assert from "node:assert/strict";
import type { Bench } from "../support/Bench.ts";
import { endToEnd } from "../support/endToEnd.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { webApp } from "../support/webApp.ts";
import { late, untilLate } from "./support/late.ts";
import { measure, stopwatch } from "./support/measure.ts";
import { host, startMarathon, underTraffic } from "./support/underTraffic.ts";

/** An app whose frontend `haproxy -c` finds valid, and which no test of ports can try: a Unix socket in no directory. */
async function unbindable(bench: Bench) {
  const head = `frontend {backend}\n  bind unix@${bench.path("nowhere")}/socket\n  mode {mode}\n`;
  return await webApp("/unbindable", { labels: { HAPROXY_0_MODE: "http", HAPROXY_0_FRONTEND_HEAD: head } });
}

const leftOut = /ERROR .*\/unbindable: service 0 is left out.*Binding .*cannot bind UNIX socket.*; (.*)/;

endToEnd(
  "a reload that fails to bind: the old worker serves, then all but the service at fault",
  (bench) =>
    underTraffic(bench, {}, async ({ lb, marathon, scaleBy }) => {
      const before = await bench.readConfig();
      await marathon.createApp(await unbindable(bench));
      await marathon.settled();
      await lb.until(
        /HAProxy did not load the new configuration, the old one stays: .*cannot bind/,
      );
      const time = stopwatch();
      assert.equal(await bench.readConfig(), before);
      assert.match(await lb.until(leftOut), /nothing is served instead$/);
      measure("the service that cannot be bound is left out after", time());
      await scaleBy(1);
      await marathon.createApp(await late());
      await untilLate(bench);
      // It was tried once.
      assert.equal(lb.count(/HAProxy did not load the new configuration/), 1);
      assert.equal(lb.count(/HAProxy exited unexpectedly/), 0);
    }),
);

endToEnd(
  "a service that changes to what cannot be bound is served as before",
  (bench) =>
    underTraffic(bench, {}, async ({ lb, marathon }) => {
      const { labels } = await unbindable(bench);
      await marathon.createApp(await webApp("/unbindable", { labels: { HAPROXY_0_VHOST: "old.test" } }));
      await eventually(async () => assert.equal((await bench.get("old.test")).status, 200));
      await marathon.updateApp("/unbindable", { labels: { HAPROXY_0_VHOST: "old.test", ...labels } });
      await marathon.settled();
      assert.match(await lb.until(leftOut), /its last good sections are served instead$/);
      // The tasks of today, as the update of the app has replaced them.
      await eventually(async () => assert.equal((await bench.get("old.test")).status, 200));
    }),
);

endToEnd("a service that cannot be bound does not keep HAProxy from starting", async (bench) => {
  const marathon = await startMarathon(bench);
  await marathon.createApp(await unbindable(bench));
  await marathon.settled();
  const lb = await bench.serve();
  assert.equal(
    lb.count(/ERROR .*HAProxy did not start.*cannot bind.* Starting without the services at fault/),
    1,
  );
  assert.equal(lb.count(leftOut), 1);
  assert.equal((await bench.get(host)).status, 200);
});
