import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { parseShowProc } from "../../../../lib/core/haproxy/answers.ts";
import { attackerHost } from "../../../support/hostile/attackers.ts";
import type { SimulatedMarathon } from "../../../../tools/simulated-marathon/SimulatedMarathon.ts";
import { Bench } from "../Bench.ts";
import { eventually } from "../../../../tools/harness/eventually.ts";
import type { MarathonLb } from "../../../../tools/harness/MarathonLb.ts";
import { programs } from "../programs.ts";
import { Victim } from "./Victim.ts";

/** Milliseconds for a synchronisation, on a machine that may be busy; HAProxy alone takes a tenth of a second. */
const patience = 15_000;
const maps = ["domain2backend.map", "app2backend.map"];
/** How a log tells that the synchronisation that was asked for ended. */
const ended = /(?:Nothing to do|Applied) .*SIGHUP|removes nearly everything|Retrying in /;

export interface HostileWorldOptions {
  readonly haproxy: string;
  readonly haproxyMap: boolean;
}

/** A marathon-lb with a real HAProxy that serves a victim, and whatever a test puts beside it. */
export class HostileWorld {
  /** The longest synchronisation so far, in milliseconds. */
  slowest = 0;
  #pids: { reloads: number; worker: number } | undefined;

  private constructor(
    readonly bench: Bench,
    readonly victim: Victim,
    readonly lb: MarathonLb,
    readonly haproxyMap: boolean,
    private readonly marathon: SimulatedMarathon,
  ) {}

  static use(options: HostileWorldOptions, test: (world: HostileWorld) => Promise<void>): Promise<void> {
    return Bench.use(programs[0]!, async (bench) => {
      const marathon = await bench.startMarathon();
      await using victim = await Victim.start(bench);
      marathon.setApps([victim.app("one", "two")]);
      const flags = ["--allow-template-labels", "none", "--haproxy-binary", options.haproxy];
      const lb = await bench.serve({ flags: [...flags, ...options.haproxyMap ? ["--haproxy-map"] : []] });
      const world = new HostileWorld(bench, victim, lb, options.haproxyMap, marathon);
      assert.deepEqual(await world.faults(), [], "the victim alone");
      await test(world);
      // While the tasks are there: HAProxy keeps connections to them.
      await bench.stop(lb);
    });
  }

  /**
   * Has these apps beside the victim, waits until HAProxy serves them, and says what is wrong then.
   *
   * @param checks `state`: without asking the victim
   */
  async put(
    apps: readonly unknown[],
    tasks: readonly ("one" | "two")[],
    checks: "all" | "state" = "all",
  ): Promise<string[]> {
    this.marathon.setApps([this.victim.app(...tasks), ...apps]);
    const timestamp = new Date().toISOString();
    const ids = apps.map((app) => String((app as { id?: unknown }).id));
    const events = [...new Set(ids)].map((appId) => ({ eventType: "status_update_event", appId, timestamp }));
    this.marathon.emit(...events);
    const began = performance.now();
    const line = await this.#synchronised();
    const took = performance.now() - began;
    this.slowest = Math.max(this.slowest, took);
    if (line === undefined) return [`no synchronisation ended within ${patience} ms`];
    const faults = /Applied|Nothing/.test(line) ? [] : [`a synchronisation ended with: ${line}`];
    return [...faults, ...checks === "all" ? await this.faults() : await this.#ofState()];
  }

  /** The verdicts in the log: what was left out, and why. */
  get refused(): Set<string> {
    return new Set(this.lb.lines.filter((line) => /is left out|is not read|is ignored/.test(line)));
  }

  /** What is wrong: a sentence for each. */
  async faults(): Promise<string[]> {
    const faults = await this.victim.faults();
    const health = await this.bench.ask("/_mlb_health").then(() => [], (error: Error) => [error.message]);
    return [...faults, ...health, ...await this.#ofState()];
  }

  async #ofState(): Promise<string[]> {
    return [
      ...await this.#ofProcesses(),
      ...await this.#ofMaps(),
      ...this.#ofFiles(),
      ...this.#ofQuestions(),
    ];
  }

  /** Asks for what these attackers have. */
  async poke(ranks: readonly number[]): Promise<void> {
    await this.victim.poke(ranks, ranks.map(attackerHost));
  }

  /** The line that tells how it ended; undefined if it did not. */
  async #synchronised(): Promise<string | undefined> {
    const { lb } = this;
    const before = lb.lines.length;
    lb.signal("SIGHUP");
    const end = performance.now() + patience;
    return await eventually(() => {
      const line = lb.lines.slice(before).find((line) => ended.test(line));
      assert.ok(line !== undefined || performance.now() > end);
      return line;
    });
  }

  /** Only our own program has HAProxy reloaded, and only a reload starts a worker. */
  async #ofProcesses(): Promise<string[]> {
    const end = performance.now() + 5_000;
    // An event may have had it reloaded meanwhile.
    const [shown, wanted] = await eventually(async () => {
      const shown = parseShowProc(await ask(this.bench.path("run/master.sock"), "show proc"));
      const wanted = await this.#reloads();
      assert.ok(shown?.master.reloads === wanted || performance.now() > end);
      return [shown, wanted];
    });
    if (!shown) return ["HAProxy's master does not answer"];
    const { master: { reloads }, workers: [worker] } = shown;
    const faults: string[] = [];
    if (reloads !== wanted) faults.push(`HAProxy was reloaded ${reloads} times, ${wanted} times by us`);
    const [before, now] = [this.#pids, { reloads, worker: worker?.pid ?? 0 }];
    if (before && before.reloads === now.reloads && before.worker !== now.worker) {
      faults.push("a worker of HAProxy was started without a reload");
    }
    if (before && before.reloads > now.reloads) faults.push("HAProxy was started anew");
    this.#pids = now;
    return faults;
  }

  async #reloads(): Promise<number> {
    const metrics = await this.bench.ask("/_mlb_metrics");
    const counts = [...metrics.matchAll(/^marathon_lb_reloads_total\{.*\} (\d+)$/gm)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** The running maps say what the files say, once those are written. */
  async #ofMaps(): Promise<string[]> {
    if (!existsSync(this.bench.path(`work/${maps[0]}`))) return [];
    const faults: string[] = [];
    for (const file of maps) {
      const path = this.bench.path(`work/${file}`);
      const end = performance.now() + 2_000;
      const fault = await eventually(async () => {
        const shown = await ask(this.bench.path("run/socket"), `show map ${path}`);
        const running = linesOf(shown).map((line) => line.replace(/^0x[0-9a-f]+ /, ""));
        const written = linesOf(await readFile(path, "utf8"));
        const same = JSON.stringify(running.sort()) === JSON.stringify(written.sort());
        assert.ok(same || performance.now() > end);
        return same
          ? []
          : [`the running ${file} is ${running.join("; ")}, the file is ${written.join("; ")}`];
      });
      faults.push(...fault);
    }
    return faults;
  }

  /** Only for apps Marathon is asked, whatever the ids in events are. */
  #ofQuestions(): string[] {
    const paths = new Set(this.marathon.requests.all.map(({ path }) => path));
    return [...paths].filter((path) =>
      !/^\/v2\/(?:events|apps(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9._:-]+)*)$/.test(path)
    )
      .map((path) => `Marathon was asked for ${path}`);
  }

  #ofFiles(): string[] {
    return existsSync(this.bench.path("work/evil.sock")) ? ["a socket evil.sock was made"] : [];
  }
}

function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

/** What a socket answers; nothing where it does not in time. */
async function ask(path: string, command: string): Promise<string> {
  const socket = connect({ path });
  socket.setTimeout(2_000, () => socket.destroy());
  socket.on("error", () => {/* the answer is empty then */});
  socket.write(`${command}\nquit\n`);
  return (await text(socket).catch(() => "")).trim();
}
