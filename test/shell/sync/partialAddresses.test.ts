import assert from "node:assert/strict";
import { compareClusters, emptyCluster, updateCluster } from "../../../lib/core/marathon/cluster.ts";
import { Generator, HostResolver } from "../../../lib/shell/sync/generator.ts";
import { appOf } from "../../core/model/support/appOf.ts";
import { marathonTask } from "../../core/model/support/marathonTask.ts";
import { renderContext } from "../../core/render/support/renderContext.ts";
import { FakeClock } from "../../support/FakeClock.ts";

const at = (id: string, port: number, host: string) =>
  appOf({ id, portDefinitions: [{ port }], tasks: [marathonTask({ host })] });

Deno.test("Generator: addresses that a partial answer does not ask for are not forgotten", async () => {
  const { head: { maxconn: _, strictLimits: __, ...head }, ...render } = renderContext();
  const names = new Map([["agent-1", "10.1.0.1"], ["agent-2", "10.1.0.2"], ["agent-3", "10.1.0.3"]]);
  const clock = new FakeClock();
  const resolver = new HostResolver(clock, (host) => {
    const address = names.get(host);
    return address ? Promise.resolve(address) : Promise.reject(new Error(`no such host ${host}`));
  });
  const generator = new Generator({
    model: { healthCheck: false, strictMode: false, groups: ["*"], templateLabels: [] },
    render: { ...render, head },
    lruCacheCapacity: 100,
    resolver,
  });
  const cluster = {
    ...emptyCluster,
    apps: new Map(
      [at("/a", 10_001, "agent-1"), at("/b", 10_002, "agent-2")].map((app) => [app.id, app]),
    ),
  };
  const serves = (services: readonly { backends: readonly { ip: string }[] }[]) =>
    services.flatMap(({ backends }) => backends.map(({ ip }) => ip));
  const first = await generator.generate({
    cluster,
    changes: compareClusters(emptyCluster, cluster),
    from: emptyCluster,
    partial: false,
  });
  assert.deepEqual(serves(first.services), ["10.1.0.1", "10.1.0.2"]);

  const moved = updateCluster(cluster, new Map([["/a", { app: at("/a", 10_001, "agent-3") }]]));
  assert.deepEqual(serves((await generator.generate(moved)).services), ["10.1.0.3", "10.1.0.2"]);

  // The name server does not answer any more: what it said last holds.
  names.clear();
  await clock.advance(120_000);
  const all = await generator.generate({
    cluster: moved.cluster,
    changes: [],
    from: moved.cluster,
    partial: false,
  });
  assert.deepEqual(serves(all.services), ["10.1.0.3", "10.1.0.2"]);
  assert.deepEqual(all.problems, []);
});
