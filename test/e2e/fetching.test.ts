import assert from "node:assert/strict";
import type { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import type { Bench } from "./support/Bench.ts";
import { changes } from "./support/changes.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { feature } from "./support/feature.ts";
import { NamedTasks } from "./support/NamedTasks.ts";
import { serveApps } from "./support/serveApps.ts";
import { webApp } from "./support/webApp.ts";

const host = "web.test";
const list = "/v2/apps";
const web = () => webApp("/web", { labels: { HAPROXY_0_VHOST: host } });

/** Moves the one task of `/web`, and resolves once the new one answers and Marathon has nothing more to tell. */
async function moveTask(bench: Bench, marathon: SimulatedMarathon): Promise<void> {
  const [{ id: before }] = marathon.tasks("/web") as [{ id: string }];
  await marathon.killTask(before);
  await eventually(async () => {
    const { status, headers } = await bench.get(host);
    assert.equal(status, 200);
    assert.notEqual(headers["x-task-id"], before);
    assert.deepEqual(marathon.tasks("/web").map(({ id }) => id), [headers["x-task-id"]]);
  });
  await marathon.settled();
}

/** Requests for apps since the log was cleared, and the bytes of an answer to each of them now. */
async function questions(marathon: SimulatedMarathon): Promise<{ paths: string[]; bytes: number }> {
  const asked = marathon.requests.all.filter(({ path }) => path.startsWith(list));
  let bytes = 0;
  for (const { url } of asked) bytes += (await (await fetch(marathon.url + url)).bytes()).length;
  return { paths: asked.map(({ path }) => path), bytes };
}

endToEnd("for a task that moves it asks Marathon for its app alone", async (bench) => {
  const others = await Promise.all(Array.from({ length: 40 }, (_, number) => webApp(`/other/${number}`)));
  const { marathon } = await serveApps(bench, [...others, await web()]);
  const whole = (await (await fetch(`${marathon.url}${list}?embed=apps.tasks`)).bytes()).length;
  assert.ok(whole > 20_000, `all apps are ${whole} bytes`);
  const before = await changes(bench);
  marathon.requests.clear();

  await moveTask(bench, marathon);
  const { paths, bytes } = await questions(marathon);
  assert.deepEqual([...new Set(paths)], [`${list}/web`]);
  assert.ok(bytes < 10_000, `${bytes} bytes in ${paths.length} answers`);
  const after = await changes(bench);
  assert.equal(after.all, before.all);
  assert.ok(after.some > before.some);
});

feature("--full-fetch asks for all apps each time", async (bench) => {
  const { marathon } = await serveApps(bench, [await web()], { flags: ["--full-fetch"] });
  marathon.requests.clear();
  await moveTask(bench, marathon);
  const { paths } = await questions(marathon);
  assert.ok(paths.length > 0);
  assert.deepEqual([...new Set(paths)], [list]);
  assert.equal((await changes(bench)).some, 0);
});

endToEnd("takes up apps that are created, changed and deleted", async (bench) => {
  const { marathon } = await serveApps(bench, [await web()]);
  const status = async (name: string) => (await bench.get(name)).status;
  await marathon.createApp(await webApp("/more/deep", { labels: { HAPROXY_0_VHOST: "more.test" } }));
  await eventually(async () => assert.equal(await status("more.test"), 200));

  await marathon.updateApp("/more/deep", {
    labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "new.test" },
  });
  await eventually(async () =>
    assert.deepEqual([await status("more.test"), await status("new.test")], [503, 200])
  );

  await marathon.deleteApp("/more/deep");
  await eventually(async () => assert.equal(await status("new.test"), 503));
  assert.doesNotMatch(await bench.readConfig(), /deep/);
  assert.equal(await status(host), 200);

  await marathon.createApp(await webApp("/more/deep", { labels: { HAPROXY_0_VHOST: "more.test" } }));
  await eventually(async () => assert.equal(await status("more.test"), 200));
});

feature(
  "a change without an event is found at the next fetch of all apps, and counted",
  async (bench) => {
    const marathon = await bench.startMarathon();
    await using own = await NamedTasks.start(marathon, ["one", "two"], { HAPROXY_0_VHOST: host });
    own.set(["one"]);
    await marathon.createApp(await webApp("/loud"));
    await marathon.settled();
    const lb = await bench.serve();
    const answer = async () => (await bench.get(host)).body;
    assert.equal(await answer(), "one");

    own.set(["two"]);
    lb.signal("SIGHUP");
    await eventually(async () => assert.equal(await answer(), "two"));
    assert.equal((await changes(bench)).unannounced, 0, "its event may be late");

    // Whatever comes some seconds later shows that there was none.
    const { all } = await changes(bench);
    await eventually(async () => {
      marathon.emit({ eventType: "status_update_event", appId: "/loud", timestamp: "" });
      assert.equal((await changes(bench)).unannounced, 1);
    });
    await lb.until(
      /WARNING marathon_lb: Marathon changed 1 apps without an event \(\/own\); all apps are fetched/,
    );
    assert.ok((await changes(bench)).all > all, "all apps are fetched: there may be more such changes");
    await bench.stop(lb);
  },
);

feature("an event of one app while Marathon fails is not forgotten", async (bench) => {
  const { marathon, lb } = await serveApps(bench, [await web()]);
  marathon.faults.add({ path: `${list}*`, status: 500 });
  const [{ id: before }] = marathon.tasks("/web") as [{ id: string }];
  await marathon.scale("/web", 2);
  await marathon.settled();
  await lb.until(/ERROR marathon_lb: Marathon .*500/);
  await marathon.scale("/web", 1);
  await marathon.settled();
  await marathon.killTask(before);
  await marathon.settled();
  marathon.faults.clear();
  await eventually(async () => {
    const { headers } = await bench.get(host);
    assert.deepEqual(marathon.tasks("/web").map(({ id }) => id), [headers["x-task-id"]]);
  });
});
