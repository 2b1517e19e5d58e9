import assert from "node:assert/strict";
import fc from "fast-check";
import { DefaultsSwitch } from "../../../lib/core/render/renderConfiguration.ts";
import { TemplateSet } from "../../../lib/core/templates/templateSet.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "./support/generate.ts";
import { renderContext } from "./support/renderContext.ts";
import { section } from "./support/section.ts";
import { labelTable } from "../../../lib/core/labels/labelTable.ts";
import { readApps } from "../../../lib/core/marathon/cluster.ts";
import { buildServices } from "../../../lib/core/model/buildServices.ts";
import { serverId } from "../../../lib/core/render/names.ts";
import { backendName } from "../../../lib/core/model/service.ts";
import { templateTable } from "../../../lib/core/templates/templateTable.ts";
import { modelContext } from "../model/support/modelContext.ts";
import { arbitraryApps } from "./support/arbitraryApps.ts";
import { pick } from "./support/pick.ts";

const defaults = "defaults\n  timeout client 30s\n  option idle-close-on-response\n";
const head = `global\n  maxconn 1\n\n${defaults}\nlisten stats\n  bind :9090\n`;
const texts = (switched: DefaultsSwitch, ...modes: ("http" | "tcp")[]) =>
  modes.map((mode) => switched.before(mode).map(({ text }) => text).join(""));

Deno.test("DefaultsSwitch: repeats the defaults only where the mode changes", () => {
  const tcp = "\ndefaults\n  timeout client 30s\n";
  assert.deepEqual(texts(new DefaultsSwitch(head), "http", "tcp", "tcp", "http", "http"), [
    "",
    tcp,
    "",
    `\n${defaults}`,
    "",
  ]);
});

Deno.test("DefaultsSwitch: a HEAD without the option is left alone", () => {
  const without = head.replace(/.*idle-close.*\n/, "");
  assert.deepEqual(texts(new DefaultsSwitch(without), "tcp", "http"), ["", ""]);
  assert.deepEqual(texts(new DefaultsSwitch("global\n"), "tcp", "http"), ["", ""]);
});

Deno.test("DefaultsSwitch: of several defaults the last one is in force", () => {
  const two = `defaults\n  retries 1\n  option idle-close-on-response\n${head}`;
  assert.deepEqual(texts(new DefaultsSwitch(two), "tcp"), ["\ndefaults\n  timeout client 30s\n"]);
});

Deno.test("DefaultsSwitch: comments and empty lines belong to the section", () => {
  const commented = "defaults\n# why\n  retries 3\n\n  option idle-close-on-response\nlisten stats\n";
  assert.deepEqual(texts(new DefaultsSwitch(commented), "tcp"), ["\ndefaults\n# why\n  retries 3\n"]);
});

const app = (
  id: string,
  port: number,
  labels: Record<string, string>,
  members: Record<string, unknown> = {},
) => marathonApp({ id, portDefinitions: [{ port }], labels, ...members });

const everything = [
  app("/b", 10002, { HAPROXY_0_VHOST: "b.com" }),
  app("/a", 10001, { HAPROXY_0_VHOST: "a.com", HAPROXY_0_AUTH: "r:u:$5$s$h" }),
];
const sections = (text: string) => text.match(/^[a-z].*$/gm);

Deno.test("renderConfiguration: the order of the file", () => {
  assert.deepEqual(sections(generate({ apps: everything }).text), [
    "global",
    "defaults",
    "listen stats",
    "userlist user_a_10001",
    "frontend marathon_http_in",
    "frontend marathon_http_appid_in",
    "frontend marathon_https_in",
    "frontend a_10001",
    "frontend b_10002",
    "backend a_10001",
    "backend b_10002",
  ]);
});

Deno.test("renderConfiguration: without services there is a configuration all the same", () => {
  const { text, chunks, maps, problems } = generate({ apps: [] }, {}, { bindHttpHttps: false });
  assert.deepEqual(sections(text), ["global", "defaults", "listen stats", "frontend marathon_http_appid_in"]);
  assert.equal(chunks.length, 2);
  assert.deepEqual(maps, { "domain2backend.map": "", "app2backend.map": "" });
  assert.deepEqual(problems, []);
});

Deno.test("renderConfiguration: the pieces make the text, and say whose they are", () => {
  const { text, chunks } = generate({ apps: everything });
  assert.equal(chunks.map((chunk) => chunk.text).join(""), text);
  for (const { text: piece, service } of chunks) {
    assert.equal(/a_10001/.test(piece), service?.appId === "/a", piece);
    assert.equal(/b_10002/.test(piece), service?.appId === "/b", piece);
  }
});

Deno.test("renderConfiguration: a service without its port has no frontend, and nothing stands in its place", () => {
  const apps = [app("/a", 10001, { HAPROXY_0_VHOST: "a.com" }), app("/b", 10001, { HAPROXY_0_MODE: "tcp" })];
  const { text, chunks } = generate({ apps });
  assert.deepEqual(sections(text)!.slice(2), [
    "listen stats",
    "frontend marathon_http_in",
    "frontend marathon_http_appid_in",
    "frontend marathon_https_in",
    "frontend a_10001",
    "backend a_10001",
    "backend b_10001",
  ]);
  assert.equal(chunks.filter(({ service }) => service?.appId === "/b").length, 1);
});

Deno.test("renderConfiguration: the bind line of a service", () => {
  const bind = (labels: Record<string, string>) =>
    section(generate({ apps: [app("/a", 10001, labels)] }).text, "frontend a_10001")[0];
  assert.equal(bind({}), "bind *:10001");
  assert.equal(
    bind({
      HAPROXY_0_BIND_ADDR: "10.0.0.1",
      HAPROXY_0_SSL_CERT: "/x.pem",
      HAPROXY_0_BIND_OPTIONS: "alpn h2",
    }),
    "bind 10.0.0.1:10001 ssl crt /x.pem alpn h2",
  );
});

const supervised =
  /hard-stop-after 900s|mworker-max-reloads 10|lua-load \/marathon-lb\/getpids.lua|lua\.getconfig|server-state-base \/var\/state\/haproxy\//g;

Deno.test("renderConfiguration: what only a supervised HAProxy has", () => {
  const { head } = renderContext();
  const render = (members: Partial<typeof head>) =>
    generate({ apps: [] }, {}, { head: { ...head, ...members } }).text;
  assert.equal(render({ supervised: false }).match(supervised), null);
  assert.equal(render({ supervised: true }).match(supervised)?.length, 5);
  const log = (logToStdout: boolean, logToSyslog: boolean) =>
    render({ logToStdout, logToSyslog }).match(/(?<=^ {2}log )\/dev\/\w+|(?<=^ {2}log )stdout/gm);
  assert.deepEqual(log(true, true), ["stdout"]);
  assert.deepEqual(log(false, true), ["/dev/log", "/dev/log"]);
  assert.equal(log(false, false), null);
  assert.match(render({ maxconn: 4000 }), /^ {2}maxconn 4000$/m);
  assert.deepEqual(render({ defaultOptions: ["a", "b c"] }).match(/^ {2}option {5,}.*$/gm), [
    "  option            a",
    "  option            b c",
    "  option            idle-close-on-response",
  ]);
});

Deno.test("renderConfiguration: a label that fails while it is rendered takes its service alone out", () => {
  const broken = { HAPROXY_0_BACKEND_TCP_HEALTHCHECK_OPTIONS: "  # {healthCheck[ports]}" };
  const healthChecks = [{ protocol: "TCP", portIndex: 0 }];
  const { text, problems } = generate({
    apps: [app("/a", 10001, broken, { healthChecks }), app("/b", 10002, {})],
  });
  assert.deepEqual(sections(text)?.slice(-2), ["frontend b_10002", "backend b_10002"]);
  assert.equal(problems.length, 1);
  const [{ severity, app: id, index, message }] = problems as [typeof problems[0]];
  assert.deepEqual([severity, id, index], ["excluded", "/a", 0]);
  assert.match(
    message,
    /^\/a: service 0 is left out: HAPROXY_0_BACKEND_TCP_HEALTHCHECK_OPTIONS cannot be used/,
  );
});

Deno.test("renderConfiguration: a template of the operator that fails is no app's fault", () => {
  const templates = new TemplateSet(
    new Map([["BACKEND_HEAD", {
      text: "backend {{bakend}}",
      syntax: "handlebars",
      origin: "/t/HAPROXY_BACKEND_HEAD.hbs",
    }]]),
  );
  assert.throws(() => generate({ apps: everything }, {}, { templates }), {
    name: "RangeError",
    message:
      /^\/t\/HAPROXY_BACKEND_HEAD\.hbs cannot be used as a template: .*\(it may use backend, balance, mode\)$/s,
  });
});

Deno.test("renderConfiguration: a label overrides a template for its own service only", () => {
  const { text } = generate({
    apps: [
      app("/a", 10001, {
        HAPROXY_0_BACKEND_HEAD: "backend {backend}\r\n  balance static-rr\r\n  mode {mode}",
      }),
      app("/b", 10002, {}),
    ],
  });
  assert.deepEqual(section(text, "backend a_10001").slice(0, 2), ["balance static-rr", "mode tcp"]);
  assert.deepEqual(section(text, "backend b_10002").slice(0, 2), ["balance roundrobin", "mode tcp"]);
  assert.doesNotMatch(text, /\r/);
});

const runs = { numRuns: 100 };

const renderings = fc.record({
  bindHttpHttps: fc.boolean(),
  groupHttpsByVhost: fc.boolean(),
  haproxyMap: fc.boolean(),
});
const models = fc.record({ healthCheck: fc.boolean(), groups: fc.constantFrom(["*"], ["a"], ["a", "b"]) });

Deno.test("property: the order of apps in the answer changes nothing", () => {
  const shuffled = arbitraryApps.chain((apps) =>
    fc.tuple(fc.constant(apps), fc.shuffledSubarray(apps, { minLength: apps.length }))
  );
  fc.assert(
    fc.property(shuffled, models, renderings, ([apps, others], model, rendering) => {
      const [one, other] = [apps, others].map((apps) => generate({ apps }, model, rendering));
      assert.equal(other!.text, one!.text);
      assert.deepEqual(other!.maps, one!.maps);
      const sorted = [one, other].map((generated) =>
        generated!.problems.map(({ message }) => message).sort()
      );
      assert.deepEqual(sorted[1], sorted[0]);
    }),
    runs,
  );
});

Deno.test("property: the same answer gives the same bytes, and is not changed", () => {
  fc.assert(
    fc.property(arbitraryApps, models, renderings, (apps, model, rendering) => {
      const sent = JSON.stringify(apps);
      const first = generate({ apps }, model, rendering);
      assert.equal(JSON.stringify(apps), sent);
      assert.deepEqual(generate({ apps: JSON.parse(sent) }, model, rendering), first);
    }),
    runs,
  );
});

Deno.test("property: one line for each server, with a name and an id of its own in its backend", () => {
  fc.assert(
    fc.property(arbitraryApps, models, renderings, (apps, model, rendering) => {
      const { text } = generate({ apps }, model, rendering);
      const { services } = buildServices(readApps({ apps }).apps, modelContext(model));
      for (const service of services) {
        const servers = pick(section(text, `backend ${backendName(service)}`), "server").map((line) =>
          line.split(" ")
        );
        assert.equal(servers.length, service.backends.length);
        assert.equal(new Set(servers.map(([, name]) => name)).size, servers.length);
        const ids = servers.map(([, , , , id]) => Number(id));
        assert.equal(new Set(ids).size, ids.length);
        assert.ok(ids.every((id) => Number.isInteger(id) && id >= 1 && id <= 32766), ids.join());
      }
    }),
    runs,
  );
});

Deno.test("property: server ids are unique, from 1 to 32766, and those before stay when one is added", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 300 }), (names) => {
      const [taken, before] = [new Set<number>(), new Set<number>()];
      const ids = names.map((name) => serverId(name, taken));
      assert.equal(new Set(ids).size, ids.length);
      assert.ok(ids.every((id) => id >= 1 && id <= 32766));
      assert.deepEqual(names.slice(0, -1).map((name) => serverId(name, before)), ids.slice(0, -1));
    }),
    runs,
  );
});

const badLabels = fc.constantFrom<[string, string]>(
  ["PORT", "eighty"],
  ["PORT", "70000"],
  ["AUTH", "alice:secret"],
  ["MODE", "udp"],
  ["BACKEND_WEIGHT", "heavy"],
  ["VHOST", "a.com\nbackend evil"],
  ["BACKEND_HEAD", "backend {name}"],
  ["FRONTEND_HEAD", "frontend {"],
);

Deno.test("property: an app with a label that cannot be read changes nothing for the others", () => {
  fc.assert(
    fc.property(
      arbitraryApps,
      badLabels,
      fc.nat(),
      models,
      renderings,
      (apps, [name, value], at, model, rendering) => {
        const labels = { HAPROXY_0_VHOST: "a.com", [`HAPROXY_0_${name}`]: value };
        const bad = marathonApp({ id: "/a/bad", labels });
        const with_ = generate({ apps: apps.toSpliced(at % (apps.length + 1), 0, bad) }, model, rendering);
        const without = generate({ apps }, model, rendering);
        assert.equal(with_.text, without.text);
        assert.deepEqual(with_.maps, without.maps);
        const fresh = with_.problems.filter(({ app }) => app === "/a/bad");
        assert.deepEqual(fresh.map(({ severity, index }) => [severity, index]), [["excluded", 0]]);
        assert.ok(fresh[0]!.message.startsWith("/a/bad: service 0 is left out: "), fresh[0]!.message);
        assert.ok(fresh[0]!.message.includes(`HAPROXY_0_${name}`), fresh[0]!.message);
        assert.equal(with_.problems.length, without.problems.length + 1);
      },
    ),
    runs,
  );
});

/** JSON of any shape, and JSON that is nearly an app. */
const anything = fc.jsonValue({ maxDepth: 3 });
const anyLabels = fc.dictionary(
  fc.constantFrom(
    ...[...labelTable, ...templateTable].flatMap(({ name }) => [`HAPROXY_0_${name}`, `HAPROXY_${name}`]),
  ),
  fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom("{", "}", "[", "]", "backend", "mode", "\n", ":", "1") }),
  ),
);
const anyApp = fc.record({
  id: fc.oneof(fc.constantFrom("/a", "/a/b", "/a_b"), anything),
  instances: anything,
  labels: fc.oneof(anyLabels, anything),
  networks: fc.oneof(fc.array(fc.record({ mode: anything })), anything),
  container: fc.oneof(fc.record({ docker: anything, portMappings: fc.array(anything) }), anything),
  ipAddress: anything,
  portDefinitions: fc.oneof(fc.array(fc.record({ port: fc.oneof(fc.integer(), anything) })), anything),
  ports: anything,
  healthChecks: fc.oneof(
    fc.array(
      fc.record({
        protocol: fc.constantFrom("HTTP", "TCP"),
        portIndex: fc.integer({ min: 0, max: 1 }),
        path: anything,
      }),
    ),
    anything,
  ),
  versionInfo: anything,
  tasks: fc.oneof(
    fc.array(
      fc.record({
        id: fc.string(),
        host: fc.constant("10.0.0.1"),
        ports: fc.oneof(fc.array(fc.nat()), anything),
      }),
    ),
    fc.array(anything),
    anything,
  ),
}, { requiredKeys: ["id"] });

Deno.test("property: no list of apps throws, whatever is in it", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ arbitrary: anyApp, weight: 4 }, anything)),
      models,
      renderings,
      (apps, model, rendering) => {
        const { text } = generate({ apps }, model, rendering);
        assert.match(text, /^global\n/);
      },
    ),
    runs,
  );
});

Deno.test("property: any other answer is the documented TypeError", () => {
  const others = fc.oneof(anything, fc.record({ apps: anything }), fc.record({ message: fc.string() }))
    .filter((answer) => !Array.isArray((answer as { apps?: unknown } | null)?.apps));
  fc.assert(
    fc.property(others, (answer) => {
      assert.throws(() => generate(answer), { name: "TypeError", message: /^Marathon's answer is / });
    }),
    runs,
  );
});
