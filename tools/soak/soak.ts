import { systemClock } from "../../lib/shell/system/clock.ts";
import { pause } from "../simulated-marathon/pause.ts";
import type { Stage } from "./Act.ts";
import { changes } from "./changes.ts";
import type { CommandLine } from "./commandLine.ts";
import { faults } from "./faults.ts";
import { killHaproxy } from "./killHaproxy.ts";
import { measureAtRest } from "./measureAtRest.ts";
import type { Outcome } from "./Outcome.ts";
import { Random } from "./Random.ts";
import { SoakWorld } from "./SoakWorld.ts";
import { SoakLog } from "./SoakLog.ts";
import { Traffic } from "./Traffic.ts";
import { waitUntilInSync } from "./waitUntilInSync.ts";

export interface SoakOptions extends CommandLine {
  readonly executable: string;
  readonly haproxy: string;
  readonly say: (line: string) => void;
  /** Aborted when it is to end at once; it rejects with the reason then. */
  readonly signal: AbortSignal;
}

/**
 * Runs changes and faults, one pair after the other, under traffic; measures after the warm-up and at the end. Nothing is
 * left behind when it settles.
 *
 * @throws {Error} when something cannot be started, marathon-lb ends, or HAProxy is not brought up to date
 */
export async function soak(options: SoakOptions): Promise<Outcome> {
  const { executable, haproxy, apps, clients, seconds, warmUp, say } = options;
  await using log = await SoakLog.open(options.log);
  await using world = await SoakWorld.start({
    executable,
    haproxy,
    apps,
    killGraceMs: options.grace * 1000,
    onLine: (line) => log.write(line),
  });
  const ended = new AbortController();
  void world.marathonLb.ended.then((how) => ended.abort(new Error(`marathon-lb ended by itself, ${how}`)));
  const signal = AbortSignal.any([options.signal, ended.signal]);
  await waitUntilInSync({ world, apps, signal });

  const traffic = new Traffic(world.ports, clients, apps, (failure) => log.note(`failed: ${failure}`));
  const stage = { world, traffic, apps, signal, random: new Random(options.seed) };
  const acts = new Map<string, number>();
  const onAct = (name: string) => {
    acts.set(name, (acts.get(name) ?? 0) + 1);
    log.note(name);
  };
  const began = systemClock.monotonic();
  const actUntil = (second: number) => act(stage, options, onAct, began + second * 1000);
  const take = async () => {
    const measurement = await measureAtRest(stage, options.measure * 1000);
    const { memory, descriptors, processes } = measurement;
    say(
      `After ${elapsed(began)} s: ${(memory / 2 ** 20).toFixed(1)} MB, ${descriptors} file descriptors, ` +
        `${processes} processes; ${traffic.answered} requests answered, ${traffic.failures.length} failed`,
    );
    return measurement;
  };

  traffic.start();
  try {
    await actUntil(warmUp);
    const first = await take();
    await actUntil(seconds);
    const last = await take();
    const { answered, excused, failures } = traffic;
    return { first, last, acts, answered, excused, failures };
  } finally {
    await traffic.stop();
  }
}

async function act(
  stage: Stage,
  options: SoakOptions,
  onAct: (name: string) => void,
  end: number,
): Promise<void> {
  const { random, signal } = stage;
  while (systemClock.monotonic() < end) {
    const kills = random.between(0, 99) < options.kills;
    // Alone: requests that fail are excused meanwhile.
    const pair = kills ? [killHaproxy] : [random.weighted(faults), random.weighted(changes)];
    // What was not met before would add up to more than tasks wait for.
    stage.world.marathon.faults.clear();
    for (const { name } of pair) onAct(name);
    await Promise.all(pair.map((one) => one.run(stage)));
    await waitUntilInSync(stage);
    await pause(systemClock, random.between(0, options.pause * 1000), signal);
    signal.throwIfAborted();
  }
}

function elapsed(began: number): string {
  return ((systemClock.monotonic() - began) / 1000).toFixed(0);
}
