import assert from "node:assert/strict";
import process from "node:process";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { processesNaming } from "./support/processesNaming.ts";
import { webApp } from "./support/webApp.ts";

for (const victim of ["worker", "master"] as const) {
  endToEnd(`starts HAProxy again after its ${victim} was killed`, async (bench) => {
    const marathon = await bench.startMarathon();
    await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
    await marathon.settled();
    const lb = await bench.serve();
    const before = (await bench.ask("/_haproxy_getpids")).split(" ").map(Number);
    const [master, worker] = before;

    process.kill(victim === "master" ? master! : worker!, "SIGKILL");
    await lb.until(/ERROR marathon_lb: HAProxy exited unexpectedly/);
    await lb.until(/Restarting HAProxy in 0\.5 s/);
    await lb.until(/HAProxy restarted/);
    assert.equal((await bench.get("web.test")).status, 200);
    const after = (await bench.ask("/_haproxy_getpids")).split(" ").map(Number);
    assert.deepEqual(after.filter((pid) => before.includes(pid)), []);
    // What was killed may be seen until it is reaped.
    await eventually(() => assert.equal(processesNaming(bench.configFile).length, 2));

    // Supervision goes on as before.
    await marathon.createApp(await webApp("/more", { labels: { HAPROXY_0_VHOST: "more.test" } }));
    await eventually(async () => assert.equal((await bench.get("more.test")).status, 200));
    assert.equal((await bench.get("web.test")).status, 200);
  });
}

endToEnd("takes the next changes over even when they came while HAProxy was down", async (bench) => {
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
  await marathon.settled();
  const lb = await bench.serve();
  const [master] = (await bench.ask("/_haproxy_getpids")).split(" ").map(Number);

  process.kill(master!, "SIGKILL");
  await lb.until(/HAProxy exited unexpectedly/);
  await marathon.createApp(await webApp("/more", { labels: { HAPROXY_0_VHOST: "more.test" } }));
  await marathon.settled();
  await lb.until(/HAProxy restarted/);
  await eventually(async () => assert.equal((await bench.get("more.test")).status, 200));
});
