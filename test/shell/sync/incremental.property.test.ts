import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import { AppsReader } from "../../../lib/core/marathon/appsReader.ts";
import {
  type Cluster,
  type ClusterReading,
  compareClusters,
  emptyCluster,
} from "../../../lib/core/marathon/cluster.ts";
import { makeOverview, type Overview } from "../../../lib/core/api/overview.ts";
import { verdictOf } from "../../../lib/core/explain/verdict.ts";
import { indexAround } from "../../../lib/core/explain/world.ts";
import { planUpdate } from "../../../lib/core/plan/planUpdate.ts";
import type { Problem } from "../../../lib/core/problem.ts";
import type { Configuration } from "../../../lib/core/render/configuration.ts";
import type { Service } from "../../../lib/core/model/service.ts";
import { AppSource } from "../../../lib/shell/marathon/appSource.ts";
import { Generator, type GeneratorOptions } from "../../../lib/shell/sync/generator.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { renderContext } from "../../core/render/support/renderContext.ts";
import { type AppJson, arbitraryHistory } from "./support/arbitraryChanges.ts";

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const runs = Number(process.env.RUNS ?? 400);
const signal = new AbortController().signal;

const settings = fc.record({
  healthCheck: fc.boolean(),
  groups: fc.constantFrom(["*"], ["a"], ["a", "b"]),
  frameworkName: fc.constantFrom(undefined, "a"),
  servicePorts: fc.constantFrom("all", "without-vhost", "none"),
  servicePortRange: fc.constantFrom(undefined, { minimum: 10_000, maximum: 10_003 }),
  bindHttpHttps: fc.boolean(),
  groupHttpsByVhost: fc.boolean(),
  haproxyMap: fc.boolean(),
  dynamicBackends: fc.boolean(),
  frontendSuffix: fc.constantFrom("" as const, "_in" as const),
  countersFile: fc.constantFrom("", "/state/counters"),
  fileDescriptorLimit: fc.constantFrom(undefined, 404, 20_200),
});
/** Which steps HAProxy does not take over. */
const failures = fc.array(fc.nat({ max: 8 }), { maxLength: 3 });
type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never;

function generatorOf(chosen: Settings, incumbents?: GeneratorOptions["incumbents"]): Generator {
  const {
    healthCheck,
    groups,
    frameworkName,
    servicePorts,
    servicePortRange,
    fileDescriptorLimit,
    countersFile,
    ...rendering
  } = chosen;
  const { head: { maxconn: _, strictLimits: __, ...head }, ...render } = renderContext(rendering);
  const options: GeneratorOptions = {
    model: {
      healthCheck,
      groups,
      frameworkName,
      servicePorts,
      servicePortRange,
      strictMode: false,
      templateLabels: ["all"],
    },
    render: { ...render, head: { ...head, countersFile } },
    incumbents,
    lruCacheCapacity: 10_000,
    fileDescriptorLimit,
    // One agent has no address.
    resolver: {
      addresses: (hosts) =>
        Promise.resolve(
          new Map(
            [...hosts].filter((host) => host !== "agent-2").map((host) => [host, `10.7.0.${host.at(-1)}`]),
          ),
        ),
    },
  };
  return new Generator(options);
}

/** A Marathon that lists these apps. */
class Marathon {
  apps: AppJson[];

  constructor(apps: readonly AppJson[]) {
    this.apps = [...apps];
  }

  readonly client = {
    apps: (_: AbortSignal, known?: Cluster["apps"]) => Promise.resolve(read(this.apps, known)),
    app: (id: string) => {
      const app = this.apps.find((app) => app.id === id);
      return Promise.resolve(app && { app: served(app) });
    },
  };
}

function read(apps: readonly AppJson[], known?: Cluster["apps"]): Cluster {
  const reader = new AppsReader(known);
  reader.feed(new TextEncoder().encode(JSON.stringify({ apps: apps.map(served) })));
  return reader.end();
}

/** As Marathon names tasks: no two are of one id. */
function served(app: AppJson): AppJson {
  const tasks = Map.groupBy(app.tasks as { id: string }[], ({ id }) => id);
  return { ...app, tasks: [...tasks].map(([id, [task]]) => ({ ...task, id: `${app.id}.${id}` })) };
}

interface Outcome {
  readonly configuration: Configuration;
  readonly problems: readonly Problem[];
}

/** Generates from whole answers; what it takes over from one to the next is health only, as all objects are new. */
class Veteran {
  #before = emptyCluster;

  constructor(readonly generator: Generator) {}

  async generate(apps: readonly AppJson[], applied: boolean): Promise<Outcome> {
    const cluster = read(apps);
    const from = this.#before;
    const changes = compareClusters(from, cluster);
    this.#before = cluster;
    const { services, problems } = await this.generator.generate({ cluster, changes, from, partial: false });
    const configuration = this.generator.render(services);
    if (applied) this.generator.served(services);
    return { configuration, problems: [...problems, ...configuration.problems] };
  }
}

/** Follows a cluster change by change, as the synchroniser does when HAProxy refuses nothing. */
class Follower {
  moved = 0;
  /** How many verdicts were kept, and how many there were. */
  readonly verdicts = { kept: 0, all: 0 };
  #overview: Overview | undefined;
  #last: { services: readonly Service[]; configuration: Configuration } | undefined;

  constructor(readonly generator: Generator) {}

  async follow(reading: ClusterReading, applied: boolean): Promise<Outcome> {
    const { services, problems, moved } = await this.generator.generate(reading);
    const short = this.#move(services, moved);
    const configuration = short ?? this.generator.render(services);
    if (applied && !short) this.generator.served(services);
    this.#last = applied ? { services, configuration } : undefined;
    return { configuration, problems: [...problems, ...configuration.problems] };
  }

  /** Verdicts that follow the cluster, and those on one app alone, are those that are made of the whole. */
  assertSameVerdicts({ configuration, problems }: Outcome): void {
    const world = this.generator.world(configuration, problems)!;
    const before = new Set(this.#overview?.entries);
    const followed = takeSteps(makeOverview(world, new Map(), this.#overview));
    this.#overview = followed;
    this.verdicts.all += followed.entries.length;
    this.verdicts.kept += followed.entries.filter((entry) => before.has(entry)).length;
    assert.deepEqual(followed.entries, takeSteps(makeOverview(world, new Map())).entries);
    for (const { verdict } of followed.entries) {
      assert.deepEqual(verdictOf(indexAround(world, verdict.app), verdict.app), verdict);
    }
  }

  #move(services: readonly Service[], moved: Awaited<ReturnType<Generator["generate"]>>["moved"]) {
    const last = this.#last;
    if (!last || last.services !== (moved?.from ?? services)) return undefined;
    this.moved++;
    if (!moved || moved.moves.size === 0) return last.configuration;
    return this.generator.move(last.configuration, moved.from, services, moved.moves);
  }
}

function takeSteps(steps: Iterator<void, Overview>): Overview {
  while (true) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

function comparable({ configuration: { text, maps, chunks }, problems }: Outcome) {
  assert.equal(chunks.map((chunk) => chunk.text).join(""), text);
  return {
    text,
    maps,
    problems: [...new Set(problems.map((problem) => JSON.stringify(problem)))].sort(),
    // Whose line is whose: who is blamed for a refusal, and what a plan looks at.
    owners: chunks.map((
      { service, backend },
    ) => [service?.appId, service?.index, service?.backends, backend]),
  };
}

/** Whether what is generated depends on the health of earlier answers. */
function needsMemory(apps: readonly AppJson[], { healthCheck }: Settings): boolean {
  return healthCheck &&
    apps.some(({ tasks }) =>
      (tasks as { healthCheckResults?: unknown }[]).some(({ healthCheckResults }) =>
        !Array.isArray(healthCheckResults)
      )
    );
}

Deno.test(`property: following a cluster change by change gives what generating all of it gives (SEED=${seed})`, async () => {
  let [steps, moved, kept, all] = [0, 0, 0, 0];
  await fc.assert(
    fc.asyncProperty(
      arbitraryHistory,
      settings,
      failures,
      async ({ apps, steps: history }, chosen, failed) => {
        const marathon = new Marathon(apps);
        const source = new AppSource({
          client: marathon.client,
          incremental: true,
          interval: 300_000,
          clock: new FakeClock(),
          logger: new RecordingLogger(),
        });
        const follower = new Follower(generatorOf(chosen));
        const veteran = new Veteran(generatorOf(chosen));
        let before: Configuration | undefined;
        for (const [index, { full, edits }] of [{ full: true, edits: [] }, ...history].entries()) {
          const applied = !failed.includes(index);
          const named = new Set(edits.flatMap((edit) => edit(marathon.apps)));
          const outcome = await follower.follow(
            await source.fetch(full ? undefined : named, signal),
            applied,
          );
          const incumbents = await veteran.generator.incumbents();
          assert.deepEqual(comparable(outcome), comparable(await veteran.generate(marathon.apps, applied)));
          if (!needsMemory(marathon.apps, chosen)) {
            // Given what is held, nothing else of the past counts.
            const beginner = generatorOf(chosen, incumbents && (() => Promise.resolve(incumbents)));
            const fresh = await new Veteran(beginner).generate(marathon.apps, applied);
            assert.deepEqual(comparable(outcome), comparable(fresh));
          }
          if (before) assertSameReasons(before, outcome.configuration);
          before = outcome.configuration;
          // Verdicts are made when a client asks for them, and not of each generation.
          if (index % 3 !== 1) follower.assertSameVerdicts(outcome);
          steps++;
        }
        moved += follower.moved;
        [kept, all] = [kept + follower.verdicts.kept, all + follower.verdicts.all];
      },
    ),
    { numRuns: runs, seed },
  );
  console.log(`${kept} of ${all} verdicts were kept`);
  assert.ok(kept > all / 10, "hardly a verdict is kept: the test would not see its faults");
  console.log(`${moved} of ${steps} steps took the short way`);
  assert.ok(moved > steps / 10, "the short way is hardly taken: the test would not see its faults");
});

/** Where chunks are compared, the log says the same as where texts are. */
function assertSameReasons(before: Configuration, { text, maps, ...next }: Configuration): void {
  const byText = planUpdate({ text: before.text, maps: before.maps }, { text, maps });
  const byChunks = planUpdate({ text: before.text, maps: before.maps }, { text, maps, ...next }, {
    configuration: before,
  });
  assert.deepEqual(byChunks, byText);
}
