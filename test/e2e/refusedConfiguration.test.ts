import assert from "node:assert/strict";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { webApp } from "./support/webApp.ts";

const nonsense = { HAPROXY_0_BACKEND_HTTP_OPTIONS: "  option nonsense\n" };

/** Long enough for a task to serve on until HAProxy has heard of its successor. */
const timings = { killGraceMs: 1_000 };

const cleanup = {
  "with the app at fault left out": [],
  "as a whole (--skip-config-cleanup)": ["--skip-config-cleanup"],
};
for (const [how, flags] of Object.entries(cleanup)) {
  endToEnd(`what HAProxy refuses leaves the running configuration untouched, ${how}`, async (bench) => {
    const marathon = await bench.startMarathon({ timings });
    await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
    await marathon.settled();
    const lb = await bench.serve({ flags });
    const good = await bench.readConfig();
    const pids = await bench.ask("/_haproxy_getpids");

    const bad = await webApp("/bad", { labels: { HAPROXY_0_VHOST: "bad.test", ...nonsense } });
    await marathon.createApp(bad);
    await marathon.settled();
    await lb.until(/ERROR marathon_lb: .*HAProxy refuses .*nonsense/);
    assert.equal(await bench.readConfig(), good);
    assert.equal(await bench.ask("/_haproxy_getconfig"), good);
    assert.equal(await bench.ask("/_haproxy_getpids"), pids);
    assert.equal((await bench.get("web.test")).status, 200);
    assert.equal((await bench.get("bad.test")).status, 503);

    await marathon.updateApp("/bad", { labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "bad.test" } });
    await eventually(async () => assert.equal((await bench.get("bad.test")).status, 200));
    assert.equal((await bench.get("web.test")).status, 200);
  });

  endToEnd(`what HAProxy refuses at the start does not keep it from starting, ${how}`, async (bench) => {
    const marathon = await bench.startMarathon({ timings });
    const bad = await webApp("/bad", { labels: { HAPROXY_0_VHOST: "bad.test", ...nonsense } });
    await marathon.createApp(bad);
    await marathon.settled();
    const lb = bench.start({ flags });
    await lb.until(/HAProxy serves/);
    assert.equal(lb.count(/ERROR marathon_lb: .*HAProxy refuses .*nonsense/) > 0, true);
    assert.match(await bench.ask("/_haproxy_health_check"), /200 OK/);

    await marathon.updateApp("/bad", { labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "bad.test" } });
    await eventually(async () => assert.equal((await bench.get("bad.test")).status, 200));
  });
}

endToEnd("Marathon's answers that are no good leave the running configuration untouched", async (bench) => {
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
  await marathon.settled();
  const lb = await bench.serve();
  for (const fault of [{ malformed: true }, { status: 500 }, { body: "[]" }]) {
    const begin = lb.lines.length;
    const id = marathon.faults.add({ path: "/v2/apps", ...fault });
    lb.signal("SIGHUP");
    await lb.until(/ERROR .*Retrying in/, begin);
    assert.equal((await bench.get("web.test")).status, 200);
    marathon.faults.remove(id);
    await lb.until(/Nothing to do/, begin);
  }
});
