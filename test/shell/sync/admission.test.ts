import assert from "node:assert/strict";
import type { Service } from "../../../lib/core/model/service.ts";
import type { Configuration } from "../../../lib/core/render/configuration.ts";
import { TemplateSet } from "../../../lib/core/templates/templateSet.ts";
import { serviceOf } from "../../core/model/support/serviceOf.ts";
import { withDirectory } from "../system/withDirectory.ts";
import { AcceptanceBench } from "./support/AcceptanceBench.ts";

type Labels = Service["labels"];

function test(name: string, run: (bench: AcceptanceBench) => Promise<void>): void {
  Deno.test(`findAccepted: ${name}`, () => withDirectory((directory) => run(new AcceptanceBench(directory))));
}

function app(number: number, labels: Labels = {}, templates: Record<string, string> = {}): Service {
  return serviceOf({
    appId: `/app-${number}`,
    port: 20_000 + number,
    mode: "http",
    labels: { ...labels },
    templates: new Map(Object.entries(templates)),
  });
}

const fine = { BACKEND_HTTP_OPTIONS: "  option forwardfor\n  http-request set-header X-A b\n" };

/** Broken in different ways: most at different stages of HAProxy's reading. */
const broken: Record<number, Service> = {
  11: app(11, { BALANCE: "nonsense" }),
  50: app(50, {}, { BACKEND_HTTP_OPTIONS: "  option nonsense\n" }),
  99: app(99, {}, { BACKEND_HTTP_OPTIONS: "  http-request set-header X %[nonsense]\n" }),
  120: app(120, {}, { FRONTEND_BACKEND_GLUE: "  use_backend elsewhere if TRUE\n" }),
  170: app(170, { BIND_OPTIONS: "ssl crt /nonexistent.pem" }),
  200: app(200, {}, { BACKEND_SERVER_OPTIONS: "  server {serverName} no-such-host.invalid:{port}\n" }),
  250: app(250, { VHOST: ["x.example.com"], PATH: "-m nonsense" }),
};

const cluster = Array.from(
  { length: 300 },
  (_, number) =>
    broken[number] ?? app(number, { VHOST: [`app${number}.example.com`] }, number % 10 === 0 ? fine : {}),
);

const backends = (configuration: Configuration) => configuration.text.match(/^backend app-/gm)?.length;
const names = Object.values(broken).map(({ appId }) => appId).sort();

test("300 apps, 7 of them broken in different ways: all good ones in at most 3 runs", async (bench) => {
  const { configuration, problems } = await bench.find(cluster);
  assert.ok(bench.runs <= 3, `${bench.runs} runs of haproxy -c`);
  assert.equal(backends(configuration), 293);
  assert.deepEqual(problems.map(({ app }) => app).sort(), names);
});

test("what HAProxy had not checked is checked in the next round, then one run is enough", async (bench) => {
  await bench.find(cluster);
  await bench.judge();
  bench.runs = 0;
  const { configuration, problems, unfinished } = await bench.find(cluster);
  assert.ok(bench.runs <= 3, `${bench.runs} runs of haproxy -c`);
  assert.deepEqual([backends(configuration), unfinished], [293, false]);
  assert.deepEqual(
    problems.map(({ app, severity }) => `${severity} ${app}`).sort(),
    names.map((n) => `excluded ${n}`),
  );
  bench.runs = 0;
  await bench.find(cluster);
  assert.equal(bench.runs, 1);
});

test("last good sections are served for a service that breaks", async (bench) => {
  await bench.find([app(1, { BALANCE: "leastconn" })]);
  const { configuration, problems } = await bench.find([app(1, { BALANCE: "nonsense" })]);
  assert.match(configuration.text, /balance leastconn/);
  assert.match(problems[0]!.message, /balance only supports .*; its last good sections are served instead$/);
});

test("errors at which HAProxy stops, one after the other, are found in later rounds", async (bench) => {
  const stops = (number: number) =>
    app(number, {}, { BACKEND_HTTP_OPTIONS: "  http-request set-header X %[no]\n" });
  const services = [1, 2, 3, 4, 5].map(stops).concat(app(6, {}, fine), app(7));
  const rounds: { runs: number; unfinished: boolean }[] = [];
  let text = "";
  for (let unfinished = true; unfinished && rounds.length < 9;) {
    bench.runs = 0;
    const accepted = await bench.find(services);
    ({ unfinished } = accepted);
    ({ text } = accepted.configuration);
    assert.match(text, /^backend app-7_20007$/m, "a service without templates waits for nobody");
    rounds.push({ runs: bench.runs, unfinished });
    await bench.judge();
  }
  assert.ok(rounds.every(({ runs }) => runs <= 3), JSON.stringify(rounds));
  assert.match(text, /^backend app-6_20006$/m);
  assert.doesNotMatch(text, /^backend app-[1-5]_/m);
});

test("300 services of one app that HAProxy refuses one at a time: what is new beside them waits for two runs", async (bench) => {
  const served = [app(1), app(2, {}, fine)];
  await bench.find(served);
  const bad = Array.from({ length: 300 }, (_, index): Service => ({
    ...app(1_000 + index, {}, { BACKEND_HTTP_OPTIONS: "  http-request set-header X %[no]\n" }),
    appId: "/bad",
    index,
  }));
  const services = [...served, ...bad, app(3, {}, fine), app(4)];
  bench.runs = 0;
  const first = await bench.find(services, "new services");
  assert.deepEqual([bench.runs, backends(first.configuration), first.unfinished], [2, 4, true]);
  assert.deepEqual([...new Set(first.problems.map(({ app }) => app))], ["/bad"]);

  bench.runs = 0;
  await bench.judge();
  assert.ok(bench.runs <= 20, `${bench.runs} runs for all of them`);
  bench.runs = 0;
  const { configuration, problems, unfinished } = await bench.find(services, "new services");
  assert.deepEqual([bench.runs, backends(configuration), unfinished], [0, 4, false]);
  assert.deepEqual(problems.map(({ severity }) => severity), bad.map(() => "excluded"));
});

for (
  const [what, hidden] of [
    ["a vhost for TCP", { ...app(1, { VHOST: ["a.example.com"], MODE: "tcp" }), mode: "tcp" }],
    ["an ACL", app(9, { BACKEND_NETWORK_ALLOWED_ACL: ["10.0.0.0/77"] })],
  ] as [string, Service][]
) {
  test(`two ACLs that end HAProxy's reading hide a mistake in ${what}: it waits for the next round`, async (bench) => {
    const acls = ["1.2.3.4/99", "nowhere"].map((address, index) =>
      app(2 + index, { BACKEND_NETWORK_ALLOWED_ACL: [address] })
    );
    const services = [hidden, ...acls, app(5)].sort((a, b) => a.port - b.port);
    const first = await bench.find(services);
    assert.deepEqual([bench.runs, first.unfinished, backends(first.configuration)], [3, true, 1]);
    await bench.judge();
    const next = await bench.find(services);
    assert.deepEqual([next.unfinished, backends(next.configuration)], [false, 1]);
    assert.deepEqual(next.problems.map(({ app }) => app), [hidden, ...acls].map(({ appId }) => appId).sort());
  });
}

test("a message without a line or a name: the culprit is searched", async (bench) => {
  const culprit = app(40, {}, {
    FRONTEND_HEAD: "\nfrontend other\n  bind {bindAddr}:{servicePort}\n  use_backend nowhere\n",
  });
  const services = Array.from({ length: 64 }, (_, number) => number === 40 ? culprit : app(number));
  await bench.find(services);
  await bench.judge();
  assert.ok(bench.runs <= 10, `${bench.runs} runs`);
  const { problems } = await bench.find(services);
  assert.deepEqual(problems.map(({ app }) => app), ["/app-40"]);
});

test("--skip-config-cleanup: one run, and an error", async (bench) => {
  bench.cleanUp = false;
  await assert.rejects(
    bench.find([app(1, { BALANCE: "nonsense" })]),
    /^Error: HAProxy refuses the new configuration/,
  );
  assert.equal(bench.runs, 1);
});

Deno.test("findAccepted: templates of the operator that are refused without any app are named as such", () =>
  withDirectory(async (directory) => {
    const source = { text: "global\n  nonsense\n", syntax: "placeholders", origin: "$HAPROXY_HEAD" } as const;
    const bench = new AcceptanceBench(directory, new TemplateSet(new Map([["HEAD", source]])));
    await assert.rejects(
      bench.find([app(1)]),
      /even without any app, check the templates.*line 2: unknown keyword/,
    );
  }));
