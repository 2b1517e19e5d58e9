import assert from "node:assert/strict";
import { ask } from "../support/assertAnswers.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { feature } from "../support/feature.ts";
import { serveApps, workerStarted } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

feature("sticky: a client's cookie leads to the same task, also after a reload", async (bench) => {
  const labels = { HAPROXY_0_VHOST: "one.test", HAPROXY_0_STICKY: "true" };
  const { marathon, lb } = await serveApps(bench, [await webApp("/one", { instances: 2, labels })], {
    // HAProxy from 3.0 on takes servers with cookies by commands.
    flags: ["--no-runtime-updates"],
  });
  const answeredBy = async (url: string, cookie?: string) => {
    const { headers } = await ask(url, "one.test", cookie ? { headers: { cookie } } : {});
    const [set] = headers["set-cookie"] ?? [];
    return { task: headers["x-task-id"], cookie: set?.split(";")[0] };
  };
  /** Asks so often that a client that is not held would have come to every task. */
  const assertHeld = async (clients: readonly { task?: string | string[]; cookie?: string }[]) => {
    for (const { task, cookie } of clients) {
      for (const url of Array.from({ length: 5 }, () => [bench.http, bench.https]).flat()) {
        assert.equal((await answeredBy(url, cookie)).task, task, cookie);
      }
    }
  };

  const clients = [await answeredBy(bench.http), await answeredBy(bench.http)];
  assert.notEqual(clients[0]!.task, clients[1]!.task);
  for (const { cookie } of clients) assert.match(cookie ?? "", /^mesosphere_server_id=[0-9a-f]{10}$/);
  await assertHeld(clients);

  const begin = lb.lines.length;
  await marathon.scale("/one", 4);
  await eventually(async () => {
    const tasks = new Set<unknown>();
    for (let asked = 0; asked < 4; asked++) tasks.add((await answeredBy(bench.http)).task);
    assert.equal(tasks.size, 4, "clients without a cookie come to every task");
  });
  assert.ok(lb.lines.slice(begin).some((line) => workerStarted.test(line)), "there was no reload");
  await assertHeld(clients);
});
