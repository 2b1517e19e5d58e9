import assert from "node:assert/strict";
import type { World } from "../../../lib/core/explain/world.ts";
import type { ShowProc } from "../../../lib/core/haproxy/answers.ts";
import type { StatisticsRow } from "../../../lib/core/haproxy/statistics.ts";
import { initialState } from "../../../lib/core/status/state.ts";
import { Api } from "../../../lib/shell/operator/api.ts";
import { Overviews } from "../../../lib/shell/operator/overviews.ts";
import { apiTable } from "../../../lib/core/api/apiTable.ts";
import { worldOf } from "../../core/explain/support/worldOf.ts";
import { FakeClock } from "../../support/FakeClock.ts";

const shop = {
  id: "/shop",
  portDefinitions: [{ port: 10_001 }],
  labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "shop.example.com" },
};
const plain = { id: "/plain", portDefinitions: [{ port: 10_002 }] };

const row: StatisticsRow = {
  id: 1,
  backend: "shop_10001",
  server: "BACKEND",
  status: "UP",
  sessions: 2,
  total: 9,
  rate: 3,
  errors: 0,
  weight: 1,
  queue: 0,
  active: 1,
  since: 5,
};

/** An API of a world with these apps. */
function api(apps: readonly Record<string, unknown>[] = [shop, plain]) {
  const clock = new FakeClock();
  const at = { wall: clock.now(), monotonic: clock.monotonic() };
  const bench = {
    clock,
    world: worldOf({ groups: ["external"], apps }) as World | undefined,
    asked: [] as string[],
    statistics: undefined as string | undefined,
    show(): Promise<ShowProc | undefined> {
      const worker = { pid: 2, reloads: 0, version: "2.6.12", seconds: 3 };
      const old = { pid: 1, reloads: 1, version: "2.6.12", seconds: 90 };
      const master = { pid: 0, reloads: 1, failed: 0, version: "2.6.12" };
      return Promise.resolve({ master, workers: [worker], oldWorkers: [old] });
    },
    async ask(path: string, query = "") {
      const { status, type, body } = await made.routes[`GET /_mlb/api/${path}`]!(new URLSearchParams(query));
      assert.equal(type, "application/json; charset=utf-8");
      return { status, ...JSON.parse(body) };
    },
  };
  const live = <Rows>(what: string, rows: Rows) => {
    bench.asked.push(what);
    return bench.statistics === undefined
      ? Promise.resolve(rows)
      : Promise.reject(new Error(bench.statistics));
  };
  const world = () => bench.world;
  const state = () => initialState(at, "stream");
  const made = new Api({
    world,
    state,
    overviews: new Overviews({ world, changes: () => state().changes, clock, isBusy: () => false }),
    limits: { failing: 60_000, stage: 60_000, stale: 60_000 },
    groups: ["external"],
    statistics: {
      all: () => live("all", new Map([["shop_10001", row]])),
      servers: (names) => {
        const server = bench.world!.services[0]!.backends[0]!;
        const name = `${server.ip.replaceAll(".", "_")}_${server.port}`;
        return live(
          `servers of ${names.join()}`,
          new Map([["shop_10001", [{ ...row, server: name, check: "L7OK/200" }]]]),
        );
      },
    },
    processes: () => bench.show(),
    certificates: () =>
      Promise.resolve([
        {
          path: "/late.pem",
          subject: "CN=b",
          names: ["b"],
          serial: "1",
          notAfter: "2040-01-01T00:00:00.000Z",
        },
        {
          path: "/soon.pem",
          subject: "CN=a",
          names: ["a"],
          serial: "2",
          notAfter: "2030-01-01T00:00:00.000Z",
        },
      ]),
    clock,
  });
  return bench;
}

Deno.test("api summary: counts, reasons, old workers with their age, the certificate that expires first", async () => {
  const summary = await api().ask("summary");
  assert.deepEqual(summary.counts, { apps: 2, served: 1, partly: 0, notServed: 1 });
  assert.deepEqual(summary.notServed.map(({ code, apps }: { code: string; apps: number }) => [code, apps]), [
    ["no-group", 1],
  ]);
  assert.deepEqual(summary.haproxy.oldWorkers, [{ pid: 1, reloads: 1, seconds: 90, version: "2.6.12" }]);
  assert.equal(summary.certificates.nearest.path, "/soon.pem");
  assert.deepEqual([summary.healthy, summary.groups], [false, ["external"]]);
});

Deno.test("api summary: before the first synchronisation, and when HAProxy does not answer", async () => {
  const bench = api();
  bench.world = undefined;
  bench.show = () => Promise.reject(new Error("refused"));
  const summary = await bench.ask("summary");
  assert.deepEqual([summary.status, summary.counts, summary.haproxy.oldWorkers], [200, undefined, undefined]);
  const answer = await bench.ask("apps");
  assert.deepEqual([answer.status, answer.error], [
    503,
    "No synchronisation has succeeded yet: nothing is known of Marathon's apps",
  ]);
});

Deno.test("api apps: each row has the statistics of its backends, if HAProxy has any", async () => {
  const bench = api();
  const { total, apps } = await bench.ask("apps", "limit=2");
  assert.equal(total, 2);
  assert.deepEqual(apps.map(({ app, up }: { app: string; up?: number }) => [app, up]), [
    ["/plain", undefined],
    ["/shop", 1],
  ]);
  assert.deepEqual(bench.asked, ["all"]);
});

Deno.test("api apps: without an answer of HAProxy the list is there, with the reason", async () => {
  const bench = api();
  bench.statistics = "HAProxy's master socket did not answer";
  const { status, apps, statisticsError } = await bench.ask("apps");
  assert.deepEqual([status, apps.length, statisticsError], [200, 2, bench.statistics]);
  assert.equal((await bench.ask("app", "id=/shop")).statisticsError, bench.statistics);
});

Deno.test("api: verdicts are computed once for each generation", async () => {
  const bench = api();
  const answers = await Promise.all([bench.ask("apps"), bench.ask("summary"), bench.ask("app", "id=/shop")]);
  assert.deepEqual(answers.map(({ generation }) => generation), [1, 1, 1]);
  bench.world = { ...bench.world! };
  const { generation } = await bench.ask("apps");
  assert.equal(generation, 2);
});

Deno.test("api app: the chain with the live statistics of each server", async () => {
  const bench = api();
  const answer = await bench.ask("app", "id=/shop");
  const [service] = answer.services;
  assert.equal(answer.standing, "served");
  assert.deepEqual(service.servers[0].live, {
    status: "UP",
    check: "L7OK/200",
    sessions: 2,
    rate: 3,
    errors: 0,
    weight: 1,
    queue: 0,
  });
  assert.deepEqual(bench.asked, ["servers of shop_10001"]);
});

Deno.test("api app: an unknown id is 404 with the nearest ones, a missing one is 400", async () => {
  const bench = api();
  assert.deepEqual(await bench.ask("app", "id=/shpo"), {
    status: 404,
    error: 'Marathon has no app "/shpo"',
    nearest: ["/shop"],
  });
  assert.deepEqual(await bench.ask("app"), {
    status: 400,
    error: "The parameter id is missing: ask for ?id=/shop/web",
  });
});

Deno.test("api url: where a request goes; what is no URL is 400", async () => {
  const bench = api();
  const { matched } = await bench.ask("url", "url=http://shop.example.com/");
  assert.equal(matched.app, "/shop");
  const { status, error } = await bench.ask("url", "url=ftp://a");
  assert.equal(status, 400);
  assert.match(error, /ftp/);
});

Deno.test("api: ids and labels are text in JSON, whatever is in them", async () => {
  const evil = "<img src=x onerror=alert(1)>";
  const bench = api([{
    ...shop,
    labels: { ...shop.labels, HAPROXY_0_BALANCE: evil, HAPROXY_0_VHOTS: evil },
  }]);
  const { labels, reasons } = await bench.ask("app", "id=/shop");
  assert.ok(labels.some(({ value }: { value: string }) => value === evil));
  assert.ok(reasons.some(({ message }: { message: string }) => message.includes("<img src=x")));
});

for (const { path, members } of apiTable) {
  Deno.test(`api ${path}: answers what docs/api.md says, and nothing else`, async () => {
    const query = { app: "id=/shop", url: "url=http://shop.example.com/" }[path] ?? "";
    const { status, ...answer } = await api().ask(path, query);
    assert.equal(status, 200);
    const known = members.map(({ name }) => name);
    assert.deepEqual(Object.keys(answer).filter((name) => !known.includes(name)), []);
    const optional = ["statisticsError", "lastSynchronisation", "failing"];
    assert.deepEqual(known.filter((name) => !(name in answer) && !optional.includes(name)), []);
  });
}
