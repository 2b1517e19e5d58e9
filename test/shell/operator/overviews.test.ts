import assert from "node:assert/strict";
import type { World } from "../../../lib/core/explain/world.ts";
import type { Change } from "../../../lib/core/status/timeline.ts";
import { Overviews } from "../../../lib/shell/operator/overviews.ts";
import { worldOf } from "../../core/explain/support/worldOf.ts";
import { FakeClock } from "../../support/FakeClock.ts";

const appsOf = (size: number, vhost: string) =>
  Array.from({ length: size }, (_, n) => ({
    id: `/app-${String(n).padStart(4, "0")}`,
    portDefinitions: [{ port: 10_000 + n }],
    labels: { HAPROXY_GROUP: "external", ...n === 0 ? { HAPROXY_0_VHOST: vhost } : {} },
  }));

const worldWith = (vhost: string, size = 120) => worldOf({ groups: ["external"], apps: appsOf(size, vhost) });

/** A cluster that has changed without a change of its apps' objects, but of the first one. */
function changed({ cluster, services, ...world }: World, next: World): World {
  const [id] = next.cluster.apps.keys();
  return {
    ...world,
    cluster: { ...cluster, apps: new Map([...cluster.apps, [id!, next.cluster.apps.get(id!)!]]) },
    services: [next.services[0]!, ...services.slice(1)],
  };
}

Deno.test("Overviews: nothing before the first synchronisation", async () => {
  const clock = new FakeClock();
  const overviews = new Overviews({ world: () => undefined, changes: () => [], clock, isBusy: () => false });
  assert.deepEqual(
    [await overviews.newest(), await overviews.soon(), await overviews.verdicts()],
    [undefined, undefined, []],
  );
});

Deno.test("Overviews: a change of one app makes one verdict, the others are kept", async () => {
  let world = worldWith("a.example.com");
  const changes: Change[] = [];
  const overviews = new Overviews({
    world: () => world,
    changes: () => changes,
    clock: new FakeClock(),
    isBusy: () => false,
  });
  const first = (await overviews.soon())!;
  assert.equal(await overviews.soon(), first, "the same as long as nothing is new");
  world = changed(world, worldWith("b.example.com"));
  const second = (await overviews.soon())!;
  const fresh = second.entries.filter((entry) => !first.entries.includes(entry));
  assert.deepEqual(fresh.map(({ verdict }) => [verdict.app, verdict.services[0]!.vhosts]), [
    ["/app-0000", ["b.example.com"]],
  ]);
  assert.deepEqual([first.generation, second.generation], [1, 2]);
});

Deno.test("Overviews: while a new one takes long, a list has the one before, and a status waits for it", async () => {
  const clock = new FakeClock();
  let time = 0;
  const slow = {
    // Each look at the clock finds more time gone than a slice has.
    monotonic: () => time += 10,
    sleep: (milliseconds: number, signal?: AbortSignal) => clock.sleep(milliseconds, signal),
  };
  let world = worldWith("a.example.com");
  const overviews = new Overviews({
    world: () => world,
    changes: () => [],
    clock: slow,
    isBusy: () => false,
  });
  const first = await overviews.newest();
  world = worldWith("b.example.com");
  const soon = overviews.soon();
  await clock.advance(15);
  assert.equal(await soon, first);
  const verdicts = await overviews.verdicts();
  assert.deepEqual(verdicts[0]!.services[0]!.vhosts, ["b.example.com"]);
  assert.equal((await overviews.soon())!.generation, 2);
});
