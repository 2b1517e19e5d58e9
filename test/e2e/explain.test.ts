import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import type { AppExplanation } from "../../lib/core/explain/app.ts";
import type { UrlExplanation } from "../../lib/core/explain/url.ts";
import { HttpListener } from "../support/HttpListener.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import type { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { serveApps } from "./support/serveApps.ts";
import { webApp } from "./support/webApp.ts";

const task = (id: string, host: string) => ({ id, host, ports: [31_000], state: "TASK_RUNNING" });

/** An answer of Marathon's. */
const apps = [
  {
    id: "/shop/web",
    labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "shop.test" },
    portDefinitions: [{ port: 10_100 }],
    tasks: [task("web.1", "10.0.0.1"), { ...task("web.2", "10.0.0.2"), state: "TASK_STAGING" }],
  },
  {
    id: "/shop/cart",
    labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "shop.test", HAPROXY_0_PATH: "/cart" },
    portDefinitions: [{ port: 10_101 }],
    tasks: [task("cart.1", "10.0.0.3")],
  },
  {
    id: "/shop/worse",
    labels: { HAPROXY_GROUP: "external" },
    portDefinitions: [{ port: 10_100 }],
    tasks: [task("half.1", "10.0.0.4")],
  },
  {
    id: "/shop/internal",
    labels: { HAPROXY_GROUP: "internal" },
    portDefinitions: [{ port: 10_102 }],
    tasks: [task("internal.1", "10.0.0.5")],
  },
  {
    id: "/refused",
    labels: {
      HAPROXY_GROUP: "external",
      HAPROXY_0_VHOST: "refused.test",
      HAPROXY_0_BACKEND_HTTP_OPTIONS: "  nonsense\n",
    },
    portDefinitions: [{ port: 10_103 }],
    tasks: [task("refused.1", "10.0.0.6")],
  },
  {
    id: "/hostile",
    labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "<img onerror=x>\u001b[31m" },
    portDefinitions: [{ port: 10_104 }],
    tasks: [task("<img onerror=x>\u001b[31m", "10.0.0.7")],
  },
];

/** Explains what a recorded answer comes to. */
async function explain(bench: Bench, words: readonly string[], env: Record<string, string> = {}) {
  await writeFile(bench.path("cwd/apps.json"), JSON.stringify({ apps }));
  return await bench.run(["explain", ...words, "--marathon", "file:apps.json", "--group", "external"], env);
}

async function explainJson<T>(bench: Bench, words: readonly string[]): Promise<T & { code: number | null }> {
  const { code, output, lines } = await explain(bench, [...words, "--json"]);
  assert.notEqual(output, "", lines.join("\n"));
  return { ...JSON.parse(output), code };
}

endToEnd(
  "explain: an app that is served, from its labels to its servers, with exit code 0",
  async (bench) => {
    const { code, output, lines } = await explain(bench, ["/shop/web"]);
    assert.equal(code, 0, lines.join("\n"));
    const expected = [
      /^\/shop\/web: served$/m,
      /^ {2}HAPROXY_0_VHOST=shop\.test {2}read as \["shop\.test"\]$/m,
      /^Tasks \(2\)\n {2}web\.1 {2}10\.0\.0\.1 {2}TASK_RUNNING {2}a server\n {2}web\.2 .* left out: .*TASK_STAGING$/m,
      /^Service 0, port 10100, http, vhost shop\.test, group external: served$/m,
      /^ {4}vhost shop\.test, in frontend marathon_http_in\n {6}acl .* shop\.test\n {6}use_backend shop_web_10100 /m,
      /^ {2}Backend shop_web_10100$/m,
      /^ {4}# template HAPROXY_BACKEND_HEAD$/m,
      /^ {4}10_0_0_1_31000 {2}10\.0\.0\.1:31000 {2}task web\.1$/m,
    ];
    for (const pattern of expected) assert.match(output, pattern);
    assert.ok(!output.includes("\u001b"));
  },
);

endToEnd("explain: an app that is not served, or in part, has the reason, and exit code 3", async (bench) => {
  const rows: [app: string, standing: string, code: string][] = [
    ["/shop/internal", "not-served", "other-group"],
    ["/shop/worse", "partly", "port-taken"],
    ["/refused", "not-served", "haproxy-refuses"],
    ["/hostile", "not-served", "service-unreadable"],
  ];
  for (const [app, standing, reason] of rows) {
    const found = await explainJson<AppExplanation>(bench, [app]);
    assert.deepEqual([found.app, found.standing, found.code], [app, standing, 3]);
    assert.ok(found.reasons.some(({ code }) => code === reason), JSON.stringify(found.reasons));
    const { code, output } = await explain(bench, [app]);
    assert.equal(code, 3);
    assert.ok(
      output.startsWith(`${app}: ${standing === "partly" ? "served in part" : "not served"}\n${reason}: `),
    );
    assert.match(output, /\n {2}To do: ./);
    assert.ok(!output.includes("\u001b"));
  }
});

endToEnd(
  "explain --url: which rule matches, what else would, and the nearest vhost where none does",
  async (bench) => {
    const cart = await explainJson<UrlExplanation>(bench, [
      "--url",
      "http://shop.test:" + bench.ports.http + "/cart",
      "--http-bind",
      `127.0.0.1:${bench.ports.http}`,
    ]);
    assert.deepEqual([cart.code, cart.matched?.app, cart.also.map(({ app }) => app)], [0, "/shop/cart", [
      "/shop/web",
    ]]);
    assert.deepEqual(cart.matched?.servers.map(({ address, port }) => [address, port]), [[
      "10.0.0.3",
      31_000,
    ]]);

    const { code, output } = await explain(bench, ["--url", "https://shop.test/other"]);
    assert.equal(code, 0);
    assert.match(output, /^https:\/\/shop\.test\/other: served by \/shop\/web, service 0$/m);
    assert.match(output, /^Frontend {2}marathon_https_in$/m);
    assert.match(output, /^ {2}10_0_0_1_31000 {2}10\.0\.0\.1:31000$/m);

    const unknown = await explain(bench, ["--url", "http://shpo.test/"]);
    assert.equal(unknown.code, 3);
    assert.match(unknown.output, /^http:\/\/shpo\.test\/: not served\nurl-without-vhost: .*shop\.test/m);
    const port = await explain(bench, ["--url", "http://shop.test:10109/"]);
    assert.equal(port.code, 3);
    assert.match(port.output, /no frontend listens on port 10109; the nearest port is 1010\d/);
  },
);

endToEnd("explain: what could not be explained has exit code 1 and one line, wrong use 2", async (bench) => {
  const unknown = await explain(bench, ["/shop/wbe"]);
  assert.deepEqual([unknown.code, unknown.output], [1, ""]);
  assert.match(
    unknown.lines.at(-1)!,
    /explain: there is no app \/shop\/wbe; the nearest ids are \/shop\/web/,
  );
  const { nearest, code } = await explainJson<{ nearest: string[] }>(bench, ["/shop/wbe"]);
  assert.deepEqual([nearest[0], code], ["/shop/web", 1]);

  const fails = async (words: readonly string[], code: number, message: RegExp) => {
    const run = await bench.run(["explain", ...words]);
    assert.deepEqual([run.code, run.output], [code, ""]);
    assert.match(run.lines.at(-1)!, message);
  };
  await fails([], 2, /explain: expected the id of an app/);
  await fails(["--url", "shop.test"], 2, /--url: expected a URL/);
  await fails(
    ["/a", "-m", bench.marathonUrl, "--group", "x"],
    1,
    /Marathon did not answer .*connection refused/,
  );
  await writeFile(bench.path("cwd/broken.json"), '{"apps": [\n}');
  await fails(
    ["/a", "-m", "file:broken.json", "--group", "x"],
    1,
    /broken\.json is not JSON: line 2, column 1/,
  );
  await fails(
    ["/a", "--run-dir", bench.path("run")],
    1,
    /no marathon-lb listens on .*--from .*--marathon URL/,
  );
  await fails(["/a", "--from", bench.admin], 1, /--from: http:\S+ cannot be asked: connection refused/);
});

endToEnd("explain: a running instance answers by its control socket and by its admin port", async (bench) => {
  const host = `web.${bench.domain}`;
  await serveApps(bench, [
    await webApp("/shop/web", { labels: { HAPROXY_0_VHOST: host } }),
    await webApp("/shop/other", { labels: { HAPROXY_GROUP: "internal" } }),
  ]);
  await eventually(async () => assert.equal((await bench.get(host)).status, 200));
  const ways = [["--run-dir", bench.path("run")], ["--from", bench.admin], [
    "--from",
    `${bench.admin}/_mlb/`,
  ]];
  for (const way of ways) {
    const ask = (words: readonly string[]) => bench.run(["explain", ...words, ...way]);
    const { code, output, lines } = await ask(["/shop/web"]);
    assert.equal(code, 0, lines.join("\n"));
    assert.match(output, /^\/shop\/web: served$/m);
    assert.match(output, / {2}127\.0\.0\.1:\d+ {2}(?:UP|no check), .*\d+ sessions, .*, task /);

    const other = await ask(["/shop/other", "--json"]);
    const found: AppExplanation = JSON.parse(other.output);
    assert.deepEqual([other.code, found.standing, found.reasons.map(({ code }) => code)], [3, "not-served", [
      "other-group",
    ]]);

    const unknown = await ask(["/shop/wbe"]);
    assert.equal(unknown.code, 1);
    assert.match(unknown.lines.at(-1)!, /there is no app \/shop\/wbe; the nearest ids are \/shop\/web/);

    const url = await ask(["--url", `http://${host}:${bench.ports.http}/x`]);
    assert.equal(url.code, 0, url.lines.join("\n"));
    assert.match(url.output, /: served by \/shop\/web, service 0$/m);
    assert.equal((await ask(["--url", `http://nowhere.test:${bench.ports.http}/`])).code, 3);
  }
});

endToEnd("explain --from: what is no explanation is reported in one line", async (bench) => {
  let [status, body]: [number, unknown] = [404, "<html>no</html>"];
  await using server = await HttpListener.start(() => ({ status, body }));
  const fails = async (message: RegExp) => {
    const run = await bench.run(["explain", "/a/b", "--from", `${server.url}/_mlb/`]);
    assert.deepEqual([run.code, run.output], [1, ""]);
    assert.match(run.lines.at(-1)!, message);
  };
  await fails(
    /answered HTTP 404 and no explanation: it is no marathon-lb, one of 1\.0 .*--marathon URL --group/,
  );
  assert.equal(server.requests.at(-1)!.path, "/_mlb/api/app?id=%2Fa%2Fb");
  [status, body] = [404, { error: "There is no app /a/b", nearest: ["/a/c", "\u001b[31m"] }];
  await fails(/there is no app \/a\/b; the nearest ids are \/a\/c, \\u001b\[31m$/);
  [status, body] = [503, { error: "Nothing was synchronised yet" }];
  await fails(/explain: http:\S+: Nothing was synchronised yet$/);
  [status, body] = [200, { services: 7 }];
  await fails(/answered HTTP 200 and no explanation/);
});

endToEnd("--dry and check-migration take a recorded answer in the place of Marathon", async (bench) => {
  // Neither leaves out what HAProxy refuses; this is about what it accepts.
  const accepted = apps.filter(({ id }) => id !== "/refused");
  await writeFile(bench.path("cwd/apps.json"), JSON.stringify({ apps: accepted }));
  const flags = ["--marathon", "file:apps.json", "--group", "external"];
  const dry = await bench.run(["sse", "--dry", ...flags]);
  assert.equal(dry.code, 0, dry.lines.join("\n"));
  assert.match(dry.output, /^ {2}server 10_0_0_1_31000 10\.0\.0\.1:31000/m);
  await writeFile(bench.path("cwd/old.cfg"), dry.output);
  const compared = await bench.run(["check-migration", "--from", "old.cfg", ...flags]);
  assert.equal(compared.code, 0, compared.output);
  const followed = await bench.run(["sse", ...flags]);
  assert.deepEqual([followed.code, followed.output], [2, ""]);
  assert.match(followed.lines.at(-1)!, /--marathon: expected a URL to follow, got file:apps\.json/);
});
