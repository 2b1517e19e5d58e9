import fc from "fast-check";
import assert from "node:assert/strict";
import { labelTable } from "../../../lib/core/labels/labelTable.ts";
import { readApps } from "../../../lib/core/marathon/readApps.ts";
import { buildServices } from "../../../lib/core/model/buildServices.ts";
import { serverId } from "../../../lib/core/render/serverId.ts";
import { backendName } from "../../../lib/core/model/backendName.ts";
import { templateTable } from "../../../lib/core/templates/templateTable.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { modelContext } from "../model/support/modelContext.ts";
import { arbitraryApps } from "./support/arbitraryApps.ts";
import { generate } from "./support/generate.ts";
import { pick } from "./support/pick.ts";
import { section } from "./support/section.ts";

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
