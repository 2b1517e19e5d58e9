import assert from "node:assert/strict";
import type { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import type { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import type { MarathonLb } from "../../tools/harness/MarathonLb.ts";
import { webApp } from "./support/webApp.ts";

const subscriptions = "/v2/eventSubscriptions";
const subscribed = /triggered by .*a new subscription to events/;
const appliedForEvent = /Applied .*triggered by .*_event\b/;

interface Served {
  readonly marathon: SimulatedMarathon;
  readonly lb: MarathonLb;
  /** Where it listens for callbacks. */
  readonly url: string;
}

/** A marathon-lb in mode event that Marathon calls back. */
async function serve(bench: Bench, flags: readonly string[] = []): Promise<Served> {
  const marathon = await bench.startMarathon();
  await addApp(marathon, "web");
  const address = `127.0.0.1:${await freePort()}`;
  const lb = bench.spawn(["event", address, ...bench.flags, ...flags]);
  await lb.until(/HAProxy serves/);
  await lb.until(subscribed);
  return { marathon, lb, url: `http://${address}` };
}

async function addApp(marathon: SimulatedMarathon, name: string): Promise<void> {
  await marathon.createApp(await webApp(`/${name}`, { labels: { HAPROXY_0_VHOST: `${name}.test` } }));
  await marathon.settled();
}

async function isServed(bench: Bench, name: string): Promise<void> {
  await eventually(async () => assert.equal((await bench.get(`${name}.test`)).status, 200));
}

async function post(url: string, body: string): Promise<number> {
  const response = await fetch(url, { method: "POST", body });
  await response.body?.cancel();
  return response.status;
}

endToEnd("event follows Marathon by its callbacks, and unsubscribes at its end", async (bench) => {
  const { marathon, lb, url } = await serve(bench);
  assert.deepEqual(marathon.subscriptions.urls, [url]);
  await isServed(bench, "web");

  const begin = lb.lines.length;
  await addApp(marathon, "more");
  await lb.until(appliedForEvent, begin);
  await isServed(bench, "more");
  assert.equal(marathon.requests.count("/v2/events"), 0);

  await bench.stop(lb);
  assert.deepEqual(marathon.subscriptions.urls, []);
  await assert.rejects(post(url, "{}"));
});

endToEnd("event answers what is no event with 400, and continues", async (bench) => {
  const { marathon, url } = await serve(bench);
  for (const body of ["", "{", "[]", "null", "\0\xff"]) assert.equal(await post(url, body), 400);
  assert.equal((await fetch(url)).status, 405);
  assert.equal(await post(url, '{"eventType":"of a later Marathon"}'), 200);
  assert.equal(await post(url, `{"eventType":"x","y":"${"z".repeat(5_000_000)}"}`), 413);
  await addApp(marathon, "more");
  await isServed(bench, "more");
});

endToEnd("event subscribes again when Marathon lost that, and catches up", async (bench) => {
  const { marathon, lb, url } = await serve(bench);
  marathon.subscriptions.remove(url);
  await addApp(marathon, "more");

  // A failure is what makes it look before the minute is over.
  marathon.faults.add({ path: "/v2/apps", status: 500, times: 1 });
  const begin = lb.lines.length;
  lb.signal("SIGHUP");
  await lb.until(/WARNING .*Marathon lost the subscription of/, begin);
  await lb.until(subscribed, begin);
  assert.deepEqual(marathon.subscriptions.urls, [url]);
  await isServed(bench, "more");

  const again = lb.lines.length;
  await addApp(marathon, "third");
  await lb.until(appliedForEvent, again);
  await isServed(bench, "third");
});

endToEnd("event polls a Marathon that has no subscriptions, and says so once", async (bench) => {
  const marathon = await bench.startMarathon();
  marathon.faults.add({ path: subscriptions, status: 404 });
  const address = `127.0.0.1:${await freePort()}`;
  const lb = bench.spawn(["event", address, ...bench.flags, "--poll-interval", "0.5"]);
  await lb.until(/HAProxy serves/);
  await lb.until(/WARNING .*Marathon accepts no event subscriptions \(HTTP 404/);
  await addApp(marathon, "web");
  await lb.until(/Applied .*triggered by .*the poll timer/);
  await isServed(bench, "web");
  await marathon.requests.until(subscriptions, 3);
  assert.equal(lb.count(/accepts no event subscriptions/), 1);
});

endToEnd("event ends in time although Marathon does not answer", async (bench) => {
  const { marathon, lb } = await serve(bench);
  marathon.faults.add({ path: subscriptions, hang: true });
  const begin = performance.now();
  await bench.stop(lb);
  assert.ok(performance.now() - begin < 10_000);
  assert.equal(lb.count(/WARNING .*did not answer within 2 s\. The subscription of .* stays/), 1);
});

endToEnd("event reports an address in use before anything is started", async (bench) => {
  const { url } = await serve(bench);
  const { host } = new URL(url);
  const work = ["work", "run", "state"].flatMap((name) => [`--${name}-dir`, bench.path(`other/${name}`)]);
  const run = await bench.run(["event", host, ...bench.flags, ...work]);
  assert.equal(run.code, 1);
  assert.match(
    run.lines.at(-1)!,
    /^marathon-lb: Cannot listen for Marathon's callbacks on 127\.0\.0\.1:\d+: /,
  );
  assert.ok(!run.lines.some((line) => /HAProxy serves/.test(line)));
});

endToEnd("direct mode with --listening stays, by the --callback-url it is given", async (bench) => {
  const marathon = await bench.startMarathon();
  await addApp(marathon, "web");
  const address = `127.0.0.1:${await freePort()}`;
  const callback = `http://localhost:${address.split(":")[1]}/marathon?of=lb`;
  const config = bench.path("haproxy.cfg");
  const lb = bench.spawn([
    ...bench.flags,
    ...["--haproxy-config", config, "--dont-bind-http-https", "--command", "true"],
    ...["--listening", address, "--callback-url", callback],
  ], { PATH: `${bench.path("bin")}:/usr/bin:/bin` });
  await lb.until(subscribed);
  assert.deepEqual(marathon.subscriptions.urls, [callback]);
  const begin = lb.lines.length;
  await addApp(marathon, "more");
  await lb.until(appliedForEvent, begin);
  await bench.stop(lb);
  assert.deepEqual(marathon.subscriptions.urls, []);
});
