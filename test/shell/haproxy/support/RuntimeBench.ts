import assert from "node:assert/strict";
import { type SocketCommand, socketCommand } from "../../../../lib/core/haproxy/socketCommand.ts";
import { writeFile } from "node:fs/promises";
import {
  leftoversIn,
  liveOf,
  type Loaded,
  type LoadedEvent,
  next,
  notStarted,
  restingIn,
  type Strays,
  straysIn,
} from "../../../../lib/core/plan/loaded.ts";
import type { Plan, RemovedServer, RuntimePlan } from "../../../../lib/core/plan/plan.ts";
import { planUpdate } from "../../../../lib/core/plan/planUpdate.ts";
import { assembled, type Configuration } from "../../../../lib/core/render/configuration.ts";
import { type Clock, systemClock } from "../../../../lib/shell/system/clock.ts";
import { askWorker } from "../../../../lib/shell/haproxy/socket.ts";
import { findHaproxy } from "../../../../lib/shell/haproxy/binary.ts";
import { HaproxyRuntime } from "../../../../lib/shell/haproxy/runtime.ts";
import type { HaproxySupervisor } from "../../../../lib/shell/haproxy/supervisor.ts";
import { limit, TestBench } from "./TestBench.ts";

/** The lines of each backend under its name. */
export type Backends = Readonly<Record<string, string>>;

/** A real HAProxy that is brought from one set of backends to the next as the program does it. */
export class RuntimeBench {
  readonly runtime: HaproxyRuntime;
  readonly supervisor: HaproxySupervisor;
  #loaded: Loaded = notStarted;

  private constructor(
    readonly bench: TestBench,
    serverStateFile: string,
    version: Awaited<ReturnType<typeof findHaproxy>>["version"],
    clock: Clock,
  ) {
    // As the applier tells it.
    const resting = () => new Set(restingIn(this.#loaded));
    this.supervisor = bench.supervisor({ serverStateFile, resting });
    this.runtime = new HaproxyRuntime({
      masterSocket: bench.path("master.sock"),
      version,
      haproxyDir: bench.directory,
      clock,
    });
  }

  /** Starts HAProxy with these backends and runs a test with it. */
  static async use(
    backends: Backends,
    test: (bench: RuntimeBench) => Promise<void>,
    clock: Clock = systemClock,
  ): Promise<void> {
    await RuntimeBench.useFiles(
      (bench) => Promise.resolve(configurationOf(bench, backends, "")),
      test,
      clock,
    );
  }

  /** Starts HAProxy with this configuration and runs a test with it. */
  static async useFiles(
    files: (bench: TestBench) => Promise<Configuration>,
    test: (bench: RuntimeBench) => Promise<void>,
    clock: Clock = systemClock,
  ): Promise<void> {
    await TestBench.use(async (bench) => {
      const { version } = await findHaproxy(bench.haproxy, { env: {}, signal: limit() });
      const serverStateFile = bench.path("state");
      await writeFile(serverStateFile, "1\n# be_id be_name srv_id srv_name\n");
      const one = new RuntimeBench(bench, serverStateFile, version, clock);
      one.#note({ kind: "written", configuration: await one.#write(await files(bench)) });
      await one.supervisor.start(limit());
      one.#note({ kind: "started" });
      await test(one);
    });
  }

  /** Servers that are in no file any more and wait in maintenance, by `serverKey`. */
  get leftovers(): ReadonlyMap<string, RemovedServer> {
    return leftoversIn(this.#loaded);
  }

  /** The plan that leads to these backends. */
  plan(backends: Backends, vhosts = "") {
    const next = configurationOf(this.bench, backends, vhosts);
    return { next, plan: this.planFor(next) };
  }

  /** How HAProxy differs from the files by backends that came and went; undefined where none can. */
  get strays(): Strays | undefined {
    return this.runtime.abilities.addsBackends ? straysIn(this.#loaded) : undefined;
  }

  /** The plan that leads there. @param portsDue whether frontends have waited long enough */
  planFor(next: Configuration, portsDue = false): Plan {
    const live = liveOf(this.#loaded)!;
    const { strays } = this;
    const waiting = [...strays?.ports ?? []].map(([backend, { kind }]) => ({ backend, kind }));
    const facts = {
      ...this.runtime.abilities,
      leftovers: this.leftovers,
      bodies: strays?.bodies,
      gone: strays?.gone,
      delaysPorts: true,
      waiting,
      portsDue: portsDue && waiting.length > 0,
    };
    return planUpdate(live, next, { configuration: live, facts });
  }

  runtimePlan(backends: Backends, vhosts = ""): { next: Configuration; plan: RuntimePlan } {
    const { next, plan } = this.plan(backends, vhosts);
    assert.ok(plan.kind === "runtime", `expected runtime commands, the plan is ${JSON.stringify(plan)}`);
    return { next, plan };
  }

  /** Goes there by runtime commands. */
  async update(backends: Backends, vhosts = ""): Promise<void> {
    const { next, plan } = this.runtimePlan(backends, vhosts);
    const outcome = await this.runtime.update(plan, limit());
    assert.ok(outcome.ok, JSON.stringify(outcome));
    await this.took(next, plan);
  }

  /** HAProxy followed a plan, and runs this now. */
  async took(configuration: Configuration, { changes, departures, ports }: RuntimePlan): Promise<void> {
    this.#note({ kind: "commanded", configuration, changes, arrivals: { departures, ports, at: 0 } });
    this.#note({ kind: "written", configuration: await this.#write(configuration) });
  }

  /** Deletes removed servers, as the applier does. @returns those that HAProxy has deleted */
  async deleteRemoved(): Promise<string[]> {
    const servers = [...this.leftovers].flatMap(([key, { deletable }]) => deletable ? key : []);
    const deleted = servers.length > 0 ? await this.runtime.delete(servers, limit()) : [];
    const left = new Set([...this.leftovers.keys()].map((key) => key.split("/")[0]).filter((key) => key));
    for (const key of deleted) left.delete(key.split("/")[0]);
    const gone = [...this.strays?.gone.values() ?? []]
      .flatMap(({ backend, deletable }) => deletable && !left.has(backend) ? backend : []);
    const backends = gone.length > 0 ? await this.runtime.deleteBackends(gone, limit()) : [];
    this.#note({ kind: "deleted", servers: deleted, backends });
    return [...deleted, ...backends];
  }

  /** Goes there by a reload. */
  async reload(backends: Backends): Promise<void> {
    await this.reloadTo(configurationOf(this.bench, backends, ""));
  }

  async reloadTo(configuration: Configuration): Promise<void> {
    await this.#write(configuration);
    const result = await this.supervisor.reload();
    assert.ok(result.ok, JSON.stringify(result));
    this.#note({ kind: "loaded", configuration });
  }

  #note(event: LoadedEvent): void {
    this.#loaded = next(this.#loaded, event);
  }

  /** What the worker answers to these commands. */
  ask(...commands: SocketCommand[]): Promise<string[]> {
    return askWorker(commands, {
      path: this.bench.path("master.sock"),
      clock: systemClock,
      timeout: 20_000,
      signal: limit(),
    });
  }

  /** A column of the state of the servers of a backend, by their names. */
  async states(backend: string, ...columns: string[]): Promise<Record<string, string[]>> {
    const [answer] = await this.ask(socketCommand`show servers state ${backend}`);
    const [, header, ...rows] = answer!.split("\n");
    const names = header!.split(" ").slice(1);
    const at = (row: string[], column: string) => row[names.indexOf(column)]!;
    return Object.fromEntries(
      rows.filter((row) => row !== "").map((row) => row.split(" ")).map((
        row,
      ) => [at(row, "srv_name"), columns.map((column) => at(row, column))]),
    );
  }

  /** Who answers so many requests for a backend, each on a connection of its own; all must be answered. */
  async answers(backend: string, count = 10): Promise<Record<string, number>> {
    const seen: Record<string, number> = {};
    for (let request = 0; request < count; request++) {
      const answer = await this.bench.get(`/${backend}`);
      assert.match(answer, /^200 /);
      const name = answer.slice(4);
      seen[name] = (seen[name] ?? 0) + 1;
    }
    return seen;
  }

  async #write(configuration: Configuration): Promise<Configuration> {
    const { bench } = this;
    for (const [name, text] of Object.entries(configuration.maps)) await writeFile(bench.path(name), text);
    await writeFile(bench.configFile, configuration.text);
    return configuration;
  }
}

/** Backends with a frontend that leads to each by the path, or by the map. */
function configurationOf(bench: TestBench, backends: Backends, vhosts: string): Configuration {
  // From 3.3 on, HAProxy balances at random where no line says otherwise.
  const head = `global
  maxconn 2000
  server-state-file ${bench.path("state")}
defaults
  load-server-state-from-file global
  mode http
  balance roundrobin
  timeout client 10s
  timeout server 10s
  timeout connect 1s
frontend test
  bind 127.0.0.1:${bench.port}
  use_backend %[req.hdr(host),map(${bench.path("domain2backend.map")})] if { req.hdr(host),map(${
    bench.path("domain2backend.map")
  }) -m found }
  use_backend %[path,field(2,/)]
`;
  return assembled({
    chunks: [
      { text: head },
      ...Object.entries(backends).map(([name, lines]) => ({
        text: `backend ${name}\n${lines}`,
        backend: true as const,
      })),
    ],
    maps: { "domain2backend.map": vhosts, "app2backend.map": "" },
    problems: [],
  });
}
