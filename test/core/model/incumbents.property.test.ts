import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import { buildServices } from "../../../lib/core/model/buildServices.ts";
import { holdingsOf, joinIncumbents, noIncumbents } from "../../../lib/core/model/incumbents.ts";
import { readIncumbents } from "../../../lib/core/admission/readIncumbents.ts";
import { coversPath, pathsOf, placeOf } from "../../../lib/core/model/routes.ts";
import type { Service } from "../../../lib/core/model/service.ts";
import { renderConfiguration } from "../../../lib/core/render/renderConfiguration.ts";
import { renderContext } from "../render/support/renderContext.ts";
import { appOf } from "./support/appOf.ts";
import { marathonTask } from "./support/marathonTask.ts";
import { modelContext } from "./support/modelContext.ts";

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const runs = Number(process.env.RUNS ?? 1_000);

const labelsOf = (names: Record<string, fc.Arbitrary<string | undefined>>) =>
  fc.record(names).map((values) =>
    Object.fromEntries(
      Object.entries(values).filter(([, value]) => value !== undefined).map((
        [name, value],
      ) => [`HAPROXY_0_${name}`, value]),
    )
  );
const hosts = ["a.com", "b.com", "b.a.com", "*.a.com", "*.b.a.com", "*.com", "a.com,b.com"];
const paths = [undefined, "/", "/x", "/x/y", "-i /X", "/x /z", "-i /", "/y", '""', "-m reg ."];
const weights = [undefined, "1", "9", "-1", "-9", "1000000"];

const victimLabels = labelsOf({
  VHOST: fc.constantFrom(...hosts),
  PATH: fc.constantFrom(...paths.slice(0, 6)),
  BACKEND_WEIGHT: fc.constantFrom(...weights),
  BIND_ADDR: fc.constantFrom(undefined, "127.0.0.1"),
  EXPOSE_PORT: fc.constantFrom(undefined, undefined, "true", "false"),
});
const servicePorts = fc.constantFrom("all" as const, "without-vhost" as const, "none" as const);
const attackerLabels = labelsOf({
  VHOST: fc.constantFrom(undefined, ...hosts, "b.com,a.com,c.com"),
  PATH: fc.constantFrom(...paths),
  BACKEND_WEIGHT: fc.constantFrom(...weights),
  EXPOSE_PORT: fc.constantFrom(undefined, "true", "false"),
  BIND_ADDR: fc.constantFrom(undefined, "*", "127.0.0.1", "127.0.0.2", "::", "0.0.0.0"),
  PORT: fc.constantFrom(undefined, "10001", "10002"),
});
const attacker = fc.record({
  id: fc.constantFrom("/a", "/b", "/v_x", "/z"),
  labels: attackerLabels,
  tasks: fc.integer({ min: 0, max: 1 }),
});
const step = fc.record({
  attackers: fc.uniqueArray(attacker, { maxLength: 3, selector: ({ id }) => id }),
  victim: fc.constantFrom("serves", "serves", "serves", "has no task", "cannot be read"),
  /** Whether HAProxy takes it over. */
  applied: fc.boolean(),
  /** Whether we start anew, with the files on disk. */
  restarts: fc.boolean(),
});

const appNamed = (
  id: string,
  labels: Readonly<Record<string, string | undefined>>,
  year: number,
  tasks = 1,
) =>
  appOf({
    id,
    labels,
    portDefinitions: [{ port: 10_001 }],
    tasks: Array.from({ length: tasks }, () => marathonTask({ id: `${id}.1` })),
    healthChecks: [{ protocol: "HTTP", portIndex: 0 }],
    versionInfo: { lastConfigChangeAt: `${year}-01-01T00:00:00Z` },
  });

/** Whom a request reaches: the first rule in the order of weights that takes its host and path. */
function reached(services: readonly Service[], host: string, path: string, haproxyMap: boolean) {
  return services.toSorted((a, b) => placeOf(b, haproxyMap) - placeOf(a, haproxyMap)).find(({ labels }) =>
    labels.VHOST?.some((one) => one === host || one.startsWith("*.") && host.endsWith(one.slice(1))) &&
    pathsOf(labels.PATH).some((prefix) => coversPath(prefix, { path, ignoreCase: false }))
  )?.appId;
}

Deno.test(`property: an app that serves keeps its port, vhosts, paths and name while it exists (SEED=${seed})`, () => {
  let [looked, limited] = [0, 0];
  fc.assert(
    fc.property(
      victimLabels,
      fc.array(step, { maxLength: 6 }),
      fc.boolean(),
      servicePorts,
      (labels, steps, haproxyMap, servicePorts) => {
        let incumbents = noIncumbents;
        let files = renderConfiguration([], renderContext({ haproxyMap }));
        const follow = (apps: ReturnType<typeof appOf>[], applied: boolean) => {
          const model = buildServices(apps, modelContext({ incumbents, haproxyMap, servicePorts }));
          if (applied) {
            incumbents = joinIncumbents(model.incumbents, holdingsOf(model.services, haproxyMap));
            files = renderConfiguration(model.services, renderContext({ haproxyMap }));
          }
          return model;
        };
        const asked = follow([appNamed("/v/x", labels, 2020)], true).services[0]!;
        // A closed port is kept for nobody.
        const isClosed = asked.frontend === false;
        let served = true;
        for (const { attackers, victim, applied, restarts } of steps) {
          if (restarts && served) incumbents = readIncumbents(files);
          const bad = victim === "cannot be read" ? { HAPROXY_0_MODE: "nonsense" } : {};
          const apps = [
            ...attackers.map(({ id, labels, tasks }) => appNamed(id, labels, 2010, tasks)),
            // It was changed after all others.
            appNamed("/v/x", { ...labels, ...bad }, 2025, victim === "has no task" ? 0 : 1),
          ];
          const model = follow(apps, applied);
          if (applied) served = victim === "serves";
          limited += model.limited.size;
          const mine = model.services.find(({ appId }) => appId === "/v/x");
          for (const { appId, port, frontend, labels } of model.services) {
            // What it does not use at the moment nobody else does either.
            if (appId === "/v/x" || mine) continue;
            assert.ok(
              isClosed || port !== 10_001 || frontend === false || labels.BIND_ADDR || asked.labels.BIND_ADDR,
            );
          }
          if (victim !== "serves") continue;
          const { VHOST, PATH } = mine!.labels;
          assert.deepEqual([mine?.frontend, VHOST, PATH], [
            asked.frontend,
            asked.labels.VHOST,
            asked.labels.PATH,
          ]);
          for (const host of asked.labels.VHOST!) {
            for (const { path } of pathsOf(asked.labels.PATH)) {
              const name = host.replace("*", "zzz");
              assert.equal(reached(model.services, name, path, haproxyMap), "/v/x", `${name} ${path}`);
              looked++;
            }
          }
        }
      },
    ),
    { numRuns: runs, seed },
  );
  console.log(
    `${looked} requests reached whom they should, ${limited} times an app got less than it asked for`,
  );
  assert.ok(limited > runs / 10, "there are hardly any attacks: the test would not see faults");
});
