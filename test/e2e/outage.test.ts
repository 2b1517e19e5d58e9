import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { webApp } from "./support/webApp.ts";

const labels = { HAPROXY_0_VHOST: "web.test" };

endToEnd(
  "starts HAProxy without apps while there is no Marathon, and serves them once there is",
  async (bench) => {
    const lb = bench.start();
    await lb.until(/HAProxy serves/);
    assert.equal(lb.count(/HAProxy starts without apps until Marathon answers/), 1);
    assert.match(await bench.ask("/_haproxy_health_check"), /200 OK/);
    assert.match(await bench.ask("/haproxy?stats;csv"), /^marathon_http_in,FRONTEND,/m);
    assert.equal((await bench.get("web.test")).status, 503);
    // Tried again, with a pause.
    await lb.until(/ERROR marathon_lb: Marathon did not answer GET \/v2\/apps: .*Retrying in 1 s/);

    const marathon = await bench.startMarathon();
    await marathon.createApp(await webApp("/web", { labels }));
    await marathon.settled();
    await eventually(async () => assert.equal((await bench.get("web.test")).status, 200));
    await lb.until(/Event stream of .* connected/);
  },
);

endToEnd("starts without apps when Marathon takes connections but does not answer", async (bench) => {
  const marathon = await bench.startMarathon();
  marathon.faults.add({ hang: true });
  const lb = bench.start();
  await lb.until(/Marathon has not answered within/);
  await lb.until(/HAProxy serves/);
  assert.match(await bench.ask("/_haproxy_health_check"), /200 OK/);
});

endToEnd("starts with the last good configuration while there is no Marathon", async (bench) => {
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { labels }));
  await marathon.settled();
  const first = await bench.serve();
  const good = await bench.readConfig();
  await bench.stop(first);

  await marathon.stopNode(0);
  const second = bench.start();
  await second.until(/HAProxy serves/);
  assert.equal(second.count(/HAProxy starts with the last good configuration/), 1);
  assert.equal((await bench.get("web.test")).status, 200);
  assert.equal(await bench.readConfig(), good);
});

endToEnd("starts without apps when the configuration on disk is no good either", async (bench) => {
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { labels }));
  await marathon.settled();
  await bench.stop(await bench.serve());
  await marathon.stopNode(0);
  await writeFile(bench.configFile, "nonsense\n");

  const second = bench.start();
  await second.until(/HAProxy starts without apps until Marathon answers/);
  await second.until(/HAProxy serves/);
  await marathon.startNode(0);
  await eventually(async () => assert.equal((await bench.get("web.test")).status, 200));
});

endToEnd(
  "keeps serving while Marathon is away, and applies its changes when it is back",
  async (bench) => {
    const marathon = await bench.startMarathon();
    await marathon.createApp(await webApp("/web", { labels }));
    await marathon.settled();
    const lb = await bench.serve();
    const begin = lb.lines.length;

    await marathon.stopNode(0);
    lb.signal("SIGHUP");
    await lb.until(/The event stream of .* (ended|failed)/, begin);
    await lb.until(/ERROR marathon_lb: Marathon did not answer GET \/v2\/apps/, begin);
    assert.equal((await bench.get("web.test")).status, 200);

    await marathon.createApp(await webApp("/more", { labels: { HAPROXY_0_VHOST: "more.test" } }));
    await marathon.settled();
    await marathon.startNode(0);
    await eventually(async () => assert.equal((await bench.get("more.test")).status, 200));
    assert.equal((await bench.get("web.test")).status, 200);
  },
);

endToEnd("notices a silently dead event stream by --sse-idle-timeout and catches up", async (bench) => {
  const marathon = await bench.startMarathon({ timings: { keepAliveMs: 100 } });
  const lb = await bench.serve({ flags: ["--sse-idle-timeout", "1"] });
  marathon.streams.silence();
  await marathon.createApp(await webApp("/web", { labels }));
  await marathon.settled();
  await lb.until(/the stream counts as dead, reconnecting at once/);
  await eventually(async () => assert.equal((await bench.get("web.test")).status, 200));
});

endToEnd("says what to do when Marathon wants credentials, and works with them", async (bench) => {
  const marathon = await bench.startMarathon({ auth: { user: "reader", password: "s3cret" } });
  await marathon.createApp(await webApp("/web", { labels }));
  await marathon.settled();

  const without = bench.start();
  await without.until(/HTTP 401.*credentials are needed.*Give --auth-credentials, .* or MARATHON_USER/);
  await without.until(/HAProxy serves/);
  await bench.stop(without);

  const wrong = bench.start({ flags: ["--auth-credentials", "reader:wr0ng"] });
  await wrong.until(/HTTP 401.*wrong credentials/);
  await wrong.until(/HAProxy serves/);
  assert.equal(wrong.count(/wr0ng/), 0);
  await bench.stop(wrong);

  const right = await bench.serve({ env: { MARATHON_USER: "reader", MARATHON_PASSWORD: "s3cret" } });
  assert.equal((await bench.get("web.test")).status, 200);
  assert.equal(right.count(/s3cret/), 0);
});
