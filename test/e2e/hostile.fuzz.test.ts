import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import fc from "fast-check";
import { findHaproxy, type HaproxyBinary } from "../../lib/shell/haproxy/binary.ts";
import type { Json, Target } from "../support/hostile/attackers.ts";
import { fuzzRuns, fuzzSeed, hostileApp } from "../support/hostile/hostileApps.ts";
import { knownAttacks, manyRefused, templateAttacks } from "../support/hostile/knownAttacks.ts";
import { HostileWorld } from "./support/hostile/HostileWorld.ts";

/** So many attackers at once: a reload serves them all. */
const together = 12;
const ranks = Array.from({ length: together }, (_, rank) => rank);
/** Batches of random attackers; each is three changes of what HAProxy runs. */
const batches = fuzzRuns(5);

/** An attacker by name, and its apps. */
interface Attacker {
  readonly name: string;
  readonly apps: readonly Json[];
}

/** A change of the victim's tasks, which goes by commands where nothing else changes. */
const moves: readonly (readonly ("one" | "two")[])[] = [["one", "two"], ["one"], ["two"]];

for (const haproxy of await haproxies()) {
  for (const haproxyMap of [false, true]) {
    const where = `HAProxy ${haproxy.version.text}, ${haproxyMap ? "--haproxy-map" : "no maps"}`;
    const options = { haproxy: haproxy.path, haproxyMap };

    Deno.test(`fuzz: known attacks beside a victim (${where})`, async () => {
      const found = await attack(options, ({ victim }) => {
        const templates = templateAttacks(victim.target).filter(({ name }) => /BACKEND_HEAD/.test(name));
        const all = [...knownAttacks(victim.target), ...templates, manyRefused(victim.target, 40)];
        return chunked(all).map((some) => some.map(({ name, apps }, rank) => ({ name, apps: apps(rank) })));
      });
      assert.deepEqual(found, [], found.join("\n"));
    });

    Deno.test(`fuzz: hostile values beside a victim (${where}, FUZZ_SEED=${fuzzSeed})`, async () => {
      const found = await attack(options, ({ victim }) => randomBatches(victim.target));
      assert.deepEqual(found, [], found.join("\n"));
    });
  }
}

/** HAProxy on the PATH, and in the directories of `HAPROXY_BINARIES` (`dir:dir`). */
async function haproxies(): Promise<HaproxyBinary[]> {
  const directories = (process.env.HAPROXY_BINARIES ?? "").split(":").filter((directory) => directory !== "");
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin` };
  const found = [undefined, ...directories.map((directory) => join(directory, "haproxy"))];
  return await Promise.all(
    found.map((binary) => findHaproxy(binary, { env, signal: AbortSignal.timeout(30_000) })),
  );
}

function chunked<One>(all: readonly One[]): One[][] {
  const count = Math.ceil(all.length / together);
  return Array.from({ length: count }, (_, nth) => all.slice(nth * together, (nth + 1) * together));
}

function randomBatches(target: Target): Attacker[][] {
  const apps = fc.tuple(...ranks.map((rank) => hostileApp(target, rank)));
  return fc.sample(apps, { seed: fuzzSeed, numRuns: batches }).map((apps) =>
    apps.map((app) => ({ name: JSON.stringify(app), apps: [app] }))
  );
}

/** Puts batch after batch beside a victim. Tells who of them hurt it, and how. */
async function attack(
  options: { haproxy: string; haproxyMap: boolean },
  make: (world: HostileWorld) => readonly (readonly Attacker[])[],
): Promise<string[]> {
  const found: string[] = [];
  const counts = { apps: 0, refused: 0, answers: 0, slowest: 0 };
  /** Places of batches that are still to be tried, or of one attacker in one. */
  let waiting: { batch: number; alone?: number }[] | undefined;
  do {
    let [hurt, what] = [false, "the start"];
    const tell = (faults: readonly string[]) => {
      hurt = true;
      found.push(`${faults.join("; ")}: beside ${what}`);
      console.log(found.at(-1));
    };
    await HostileWorld.use(options, async (world) => {
      const batches = make(world);
      waiting ??= [...batches.keys()].map((batch) => ({ batch }));
      while (waiting.length > 0 && !hurt) {
        const { batch, alone } = waiting.shift()!;
        const attackers = alone === undefined ? batches[batch]! : [batches[batch]![alone]!];
        what = attackers.map(({ name }) => name).join(" | ");
        const apps = attackers.flatMap(({ apps }) => apps);
        counts.apps += apps.length;
        const faults = await faultsOf(world, apps).catch((error: Error) => [String(error)]);
        if (faults.length === 0) continue;
        tell(faults);
        if (alone === undefined) waiting.unshift(...attackers.keys().map((alone) => ({ batch, alone })));
      }
      counts.refused += world.refused.size;
      counts.answers += world.victim.answered;
      counts.slowest = Math.max(counts.slowest, world.slowest);
    }).catch((error: Error) => {
      // A world that was hurt may well end so; what comes next begins anew.
      if (!hurt) tell([error.message]);
    });
  } while (waiting !== undefined && waiting.length > 0);
  console.log(
    `${counts.apps} hostile apps, ${counts.refused} refusals, ${counts.answers} right answers of the victim, ` +
      `the longest synchronisation took ${Math.round(counts.slowest)} ms`,
  );
  return found;
}

async function faultsOf(world: HostileWorld, apps: readonly Json[]): Promise<string[]> {
  const [all, some, other] = moves;
  const first = await world.put(apps, all!);
  if (first.length > 0) return first;
  await world.poke(ranks);
  // By commands: the victim's tasks, and the attackers' by the way.
  const moved = apps.map(withAnotherTask);
  const second = await world.put(moved, some!);
  if (second.length > 0) return second;
  if (world.haproxyMap) {
    // By commands too: vhosts of which nothing but a map tells, one after the other, as a refused one takes a reload.
    const calm = moved.map((app, rank) => isPlain(app) ? withVhost(app, `calm${rank}.test`) : app);
    for (let next = 0; next <= calm.length; next++) {
      if (next > 0 && calm[next - 1] === moved[next - 1]) continue;
      const faults = await world.put([...moved.slice(0, next), ...calm.slice(next)], some!, "state");
      if (faults.length > 0) return faults;
    }
  }
  return await world.put(apps, other!);
}

function withAnotherTask(app: Json): Json {
  const tasks = Array.isArray(app.tasks) ? app.tasks : [];
  return {
    ...app,
    tasks: [...tasks, ...tasks.map((task) => ({ ...task, id: `${task.id}.more`, host: "127.0.0.9" }))],
  };
}

/** Whether an app has no label but its vhost. */
function isPlain(app: Json): boolean {
  const { HAPROXY_0_VHOST: vhost, HAPROXY_GROUP: _, ...more } = app.labels as Record<string, string>;
  return vhost !== undefined && !vhost.includes("*") && Object.keys(more).length === 0;
}

function withVhost(app: Json, vhost: string): Json {
  return { ...app, labels: { ...app.labels as Json, HAPROXY_0_VHOST: vhost } };
}
