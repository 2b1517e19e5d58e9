import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { backendName, type Service } from "../../../lib/core/model/service.ts";
import type { Problem } from "../../../lib/core/problem.ts";
import { assembled, type Chunk, type Configuration } from "../../../lib/core/render/configuration.ts";
import type { Validation } from "../../../lib/shell/haproxy/binary.ts";
import type { Base } from "../../../lib/shell/sync/applier.ts";
import type { Generation } from "../../../lib/shell/sync/generator.ts";
import { StageTimer } from "../../../lib/shell/sync/progress.ts";
import { type Proposal, Proposer } from "../../../lib/shell/sync/proposer.ts";
import { ConfigurationStore } from "../../../lib/shell/sync/store.ts";
import { serviceOf } from "../../core/model/support/serviceOf.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { withDirectory } from "../system/withDirectory.ts";

const a = serviceOf({ appId: "/a" });
const b = serviceOf({ appId: "/b", port: 10_002 });
const problem: Problem = { code: "template-fails", severity: "excluded", app: "/c", message: "/c: it fails" };

/** The same service with one more task. */
function scaled(service: Service): Service {
  const more = { host: "10.0.0.2", ip: "10.0.0.2", port: 31_001, draining: false };
  return { ...service, backends: [...service.backends, more] };
}

function backendOf(service: Service): Chunk {
  const servers = service.backends.map(({ ip, port }) => `  server s${port} ${ip}:${port}\n`);
  const balance = `  balance ${service.labels.BALANCE ?? "roundrobin"}\n`;
  return {
    text: `\nbackend ${backendName(service)}\n${balance}${servers.join("")}`,
    service,
    backend: true,
  };
}

function render(services: readonly Service[]): Configuration {
  const maps = { "domain2backend.map": "", "app2backend.map": "" };
  return assembled({ chunks: [{ text: "global\n" }, ...services.map(backendOf)], maps, problems: [] });
}

/** A proposer for a HAProxy that refuses what the test says. */
class Bench {
  readonly logger = new RecordingLogger();
  /** The backends of each text that HAProxy has looked at. */
  readonly checks: string[] = [];
  /** How often a change of tasks was rendered alone. */
  moves = 0;
  owesReload = false;
  /** Why HAProxy refuses a line; undefined when it does not. */
  refuse: (line: string) => string | undefined = () => undefined;
  readonly proposer: Proposer;

  constructor(directory: string, cleanUp = true) {
    const configFile = join(directory, "haproxy.cfg");
    this.proposer = new Proposer({
      generator: {
        render,
        move: (configuration, _from, _to, moves) => {
          this.moves++;
          const chunks = configuration.chunks.map((chunk) => {
            const service = chunk.service && moves.get(chunk.service);
            return service ? backendOf(service) : chunk;
          });
          return assembled({ ...configuration, chunks });
        },
      },
      store: new ConfigurationStore({ configFile, archiveVersions: 0, haproxyMap: false }),
      validate: async (file) => this.#validate(await readFile(file, "utf8")),
      cleanUp,
      owesReload: () => this.owesReload,
      logger: this.logger,
    });
  }

  propose(generation: Partial<Generation>, base: Base): Promise<Proposal> {
    const timer = new StageTimer(new FakeClock());
    const { signal } = new AbortController();
    return this.proposer.propose(generationOf(generation), base, timer, signal);
  }

  /** Has these served. Resolves to what the next proposal starts from. */
  async serve(services: readonly Service[]): Promise<Base> {
    const proposal = await this.propose({ services }, nothing);
    this.proposer.serves(generationOf({ services }), proposal);
    this.checks.length = 0;
    this.logger.lines.length = 0;
    return running(proposal.configuration);
  }

  #validate(text: string): Validation {
    this.checks.push([...text.matchAll(/^backend (\S+)/gm)].map(([, name]) => name).join(" "));
    const messages = text.split("\n").flatMap((line, index) => {
      const message = this.refuse(line);
      return message === undefined ? [] : [{ severity: "alert" as const, line: index + 1, message }];
    });
    return { valid: messages.length === 0, messages, stage: "start" };
  }
}

function generationOf({ services = [], problems = [], moved }: Partial<Generation>): Generation {
  return { services, problems, apps: services.length, moved };
}

/** There are no files, and nothing is known of HAProxy. */
const nothing: Base = { files: undefined, haproxy: undefined };

/** HAProxy runs this, and takes commands. */
function running(configuration: Configuration): Base {
  const facts = { leftovers: new Map(), dynamicCookies: false, haproxyDir: "/etc/haproxy" };
  return { files: configuration, haproxy: { configuration, facts } };
}

function names(services: readonly Service[]): string {
  return services.map(({ appId }) => appId).join(" ");
}

function test(name: string, run: (bench: Bench) => Promise<void>): void {
  Deno.test(`Proposer: ${name}`, () => withDirectory((directory) => run(new Bench(directory))));
}

test("what comes first is looked at as a whole, and needs a reload", async (bench) => {
  const { extent, plan, services } = await bench.propose({ services: [a, b] }, nothing);
  assert.deepEqual([extent, plan.kind, names(services)], ["all", "reload", "/a /b"]);
  assert.deepEqual(bench.checks, ["a_10001 b_10002"]);
});

test("where it is known what HAProxy runs, only new services are looked at", async (bench) => {
  const base = await bench.serve([a]);
  const { extent, plan } = await bench.propose({ services: [a, b] }, base);
  assert.deepEqual([extent, plan.kind, bench.checks], ["new services", "reload", ["b_10002"]]);
});

test("nothing is looked at where nothing differs, unless a reload is owed", async (bench) => {
  const base = await bench.serve([a]);
  assert.equal((await bench.propose({ services: [serviceOf(a)] }, base)).plan.kind, "nothing");
  assert.deepEqual(bench.checks, []);
  bench.owesReload = true;
  const owed = await bench.propose({ services: [serviceOf(a)] }, { ...base, haproxy: undefined });
  assert.deepEqual([owed.plan.kind, bench.checks], ["nothing", ["a_10001"]]);
});

test("a change of tasks alone takes the short way: rendered alone, by commands, not looked at", async (bench) => {
  const from = [a, b];
  const base = await bench.serve(from);
  const more = scaled(a);
  const moved = { from, moves: new Map([[a, more]]) };
  const proposal = await bench.propose({ services: [more, b], problems: [problem], moved }, base);
  assert.deepEqual([proposal.extent, proposal.plan.kind, bench.moves], ["moved tasks", "runtime", 1]);
  assert.deepEqual([proposal.services, bench.checks], [[more, b], []]);
  assert.deepEqual(bench.logger.lines, ["error marathon_lb: /c: it fails"]);
});

test("the short way is not taken from another generation, another configuration, or after a recheck", async (bench) => {
  const from = [a, b];
  const base = await bench.serve(from);
  const services = [scaled(a), b];
  const moved = { from, moves: new Map([[a, services[0]!]]) };
  const other = { from: [a, b], moves: moved.moves };
  assert.equal((await bench.propose({ services, moved: other }, base)).extent, "new services");
  assert.equal((await bench.propose({ services, moved }, running(render(from)))).extent, "new services");
  assert.equal((await bench.propose({ services, moved }, { ...base, haproxy: undefined })).extent, "all");
  bench.proposer.recheck();
  assert.equal((await bench.propose({ services, moved }, base)).extent, "all");
  assert.equal(bench.moves, 0);
});

test("a recheck has HAProxy look once at all of it, though nothing differs", async (bench) => {
  const services = [a, b];
  const base = await bench.serve(services);
  bench.proposer.recheck();
  const { plan } = await bench.propose({ services }, base);
  assert.deepEqual([plan.kind, bench.checks], ["nothing", ["a_10001 b_10002"]]);
  await bench.propose({ services }, base);
  assert.equal(bench.checks.length, 1);
});

test("a service that HAProxy refuses is left out, reported, and retried when it is forgiven", async (bench) => {
  const base = await bench.serve([a]);
  const bad = { ...b, labels: { BALANCE: "madness" } };
  bench.refuse = (line) => line.includes("madness") ? "unknown balance 'madness'" : undefined;
  const { services, refusals, plan } = await bench.propose({ services: [a, bad] }, base);
  assert.deepEqual([names(services), plan.kind, refusals.map(({ app }) => app)], ["/a", "nothing", ["/b"]]);
  assert.match(bench.logger.lines.join("\n"), /^error marathon_lb: .*madness/);
  bench.checks.length = 0;
  await bench.propose({ services: [a, bad] }, base);
  assert.deepEqual(bench.checks, [], "a verdict is remembered");

  bench.refuse = () => undefined;
  bench.proposer.forgive();
  await bench.propose({ services: [a, bad] }, base);
  assert.ok(bench.proposer.unfinished, "it waits to be judged");
  await bench.proposer.judge(new AbortController().signal);
  const again = await bench.propose({ services: [a, bad] }, base);
  assert.deepEqual([names(again.services), again.refusals], ["/a /b", []]);
});

test("problems are reported also where HAProxy accepts no part of it", async (bench) => {
  bench.refuse = (line) => line === "global" ? "unknown keyword 'global'" : undefined;
  await assert.rejects(bench.propose({ services: [a], problems: [problem] }, nothing), /unknown keyword/);
  assert.ok(bench.logger.lines.includes("error marathon_lb: /c: it fails"));
});

test("what cannot be bound is left out from the next proposal on, once", async (bench) => {
  const from = [a, b];
  const base = await bench.serve(from);
  const { text } = base.files!;
  const line = text.slice(0, text.indexOf("backend b_10002")).split("\n").length;
  const said = `Binding [haproxy.cfg:${line}] for frontend b: cannot bind UNIX socket`;
  const given = base.haproxy!.configuration;
  assert.equal(
    bench.proposer.refuseUnbound(said, undefined, undefined),
    false,
    "of an unknown configuration",
  );
  assert.equal(bench.proposer.refuseUnbound("HAProxy did not start", given, undefined), false);
  assert.equal(bench.proposer.refuseUnbound(said, given, undefined), true);
  assert.equal(bench.proposer.refuseUnbound(said, given, undefined), false, "it is known by now");
  const moved = { from, moves: new Map() };
  const { services, extent } = await bench.propose({ services: from, moved }, base);
  assert.deepEqual([names(services), extent], ["/a", "new services"]);
});

Deno.test("Proposer: with --skip-config-cleanup nothing is left out", () =>
  withDirectory(async (directory) => {
    const bench = new Bench(directory, false);
    const base = await bench.serve([a]);
    const said = "Binding [haproxy.cfg:3] for frontend a: cannot bind UNIX socket";
    assert.equal(bench.proposer.refuseUnbound(said, base.haproxy!.configuration, undefined), false);
    bench.refuse = (line) => line.includes("b_10002") ? "bad backend" : undefined;
    await assert.rejects(bench.propose({ services: [a, b] }, base), /bad backend/);
  }));

test("files of an earlier process keep a service that waits for a verdict", async (bench) => {
  const files = render([a, b]);
  bench.refuse = (line) => line.includes("b_10002") ? "bad backend" : undefined;
  const twins = [a, b, serviceOf({ appId: "/b", index: 1, port: 10_003 })];
  await bench.propose({ services: twins }, { files, haproxy: undefined });
  // Of the app at fault the other service waits, and was not in the files.
  assert.ok(bench.proposer.unfinished);
  assert.equal(bench.proposer.wouldDrop(twins, { files, haproxy: undefined }), false);
  const earlier = render(twins);
  assert.equal(bench.proposer.wouldDrop(twins, { files: earlier, haproxy: undefined }), true);
  assert.equal(bench.proposer.wouldDrop(twins, running(earlier)), false, "HAProxy has what we gave it");
});
