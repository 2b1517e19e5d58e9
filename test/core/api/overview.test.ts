import assert from "node:assert/strict";
import { appRow, countApps, overviewEntry, selectApps } from "../../../lib/core/api/overview.ts";
import { readAppQuery } from "../../../lib/core/api/query.ts";
import { verdicts } from "../../../lib/core/explain/verdict.ts";
import type { StatisticsRow } from "../../../lib/core/haproxy/statistics.ts";
import { worldOf } from "../explain/support/worldOf.ts";

const now = 10_000_000;

const world = worldOf({
  groups: ["external"],
  apps: [
    { id: "/shop", labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "Shop.example.com" } },
    { id: "/cart", portDefinitions: [{ port: 10_003 }], labels: { HAPROXY_GROUP: "external" } },
    { id: "/plain", portDefinitions: [{ port: 10_002 }] },
  ],
});
const services = Map.groupBy(world.services, ({ appId }) => appId);
const entries = verdicts(world).map((verdict) =>
  overviewEntry(verdict, services.get(verdict.app) ?? [], verdict.app === "/cart" ? now - 1_000 : 0)
);

const row = (backend: string, more: Partial<StatisticsRow> = {}): StatisticsRow => ({
  id: 1,
  backend,
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
  ...more,
});
const live = new Map(
  [row("shop_10001", { active: 0, status: "DOWN", errors: 4 }), row("cart_10003", { rate: 9 })]
    .map((one) => [one.backend, one]),
);

const selections: [query: string, apps: string[]][] = [
  ["", ["/cart", "/plain", "/shop"]],
  ["q=SHOP.example", ["/shop"]],
  ["q=:10003", ["/cart"]],
  ["q=10002", ["/plain"]],
  ["q=shop+cart", []],
  [`q=${world.services[0]!.backends[0]!.host}`, ["/cart", "/shop"]],
  ["filter=not-served", ["/plain"]],
  ["code=no-group", ["/plain"]],
  ["code=no-task", []],
  ["filter=down", ["/shop"]],
  ["filter=degraded", []],
  ["filter=draining", []],
  ["filter=changed", ["/cart"]],
  ["sort=rate", ["/cart", "/shop", "/plain"]],
  ["sort=errors", ["/shop", "/cart", "/plain"]],
];
for (const [query, apps] of selections) {
  Deno.test(`selectApps: ${query || "all, by id"}`, () => {
    const selection = selectApps(entries, readAppQuery(new URLSearchParams(query)), live, now);
    assert.deepEqual(selection.entries.map(({ verdict }) => verdict.app), apps);
    assert.equal(selection.total, apps.length);
  });
}

Deno.test("selectApps: one page, with the total of all", () => {
  const query = readAppQuery(new URLSearchParams("offset=1&limit=1"));
  const { total, entries: shown } = selectApps(entries, query, undefined, now);
  assert.deepEqual([total, shown.map(({ verdict }) => verdict.app)], [3, ["/plain"]]);
});

Deno.test("appRow: verdict, routes, and what HAProxy says of the backends where it does", () => {
  const [cart, plain, shop] = entries.map((entry) => appRow(entry, live));
  assert.deepEqual(shop, {
    app: "/shop",
    standing: "served",
    codes: [],
    vhosts: ["shop.example.com"],
    ports: [10_001],
    up: 0,
    total: 1,
    draining: 0,
    rate: 3,
    sessions: 2,
    errors: 4,
  });
  assert.equal(cart!.rate, 9);
  assert.deepEqual([plain!.standing, plain!.codes, plain!.total, plain!.up], [
    "not-served",
    ["no-group"],
    0,
    undefined,
  ]);
  assert.match(plain!.message!, /^\/plain: service 0: it has no group/);
  assert.ok(plain!.hint);
  assert.equal("up" in appRow(entries[0]!, undefined), false);
});

Deno.test("countApps: how many are served, and the reasons with meaning and hint", () => {
  const { counts, reasons } = countApps(entries);
  assert.deepEqual(counts, { apps: 3, served: 2, partly: 0, notServed: 1 });
  assert.deepEqual(reasons.map(({ code, severity, apps }) => [code, severity, apps]), [[
    "no-group",
    "note",
    1,
  ]]);
  assert.ok(reasons[0]!.meaning && reasons[0]!.hint);
});
