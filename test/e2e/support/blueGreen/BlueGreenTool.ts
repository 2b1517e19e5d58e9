import assert from "node:assert/strict";
import type { Bench } from "../Bench.ts";
import { eventually } from "../../../../tools/harness/eventually.ts";
import { type DeployedApp, MarathonApi } from "./MarathonApi.ts";
import { nextSide, type SideDefinition } from "./nextSide.ts";
import { readStats, type StatsRow } from "./readStats.ts";

interface Sides {
  readonly fresh: DeployedApp;
  readonly old: DeployedApp;
}

const numberOf = (app: DeployedApp, label: string) => Number(app.labels[`HAPROXY_DEPLOYMENT_${label}`]);
const newInstances = (app: DeployedApp) => numberOf(app, "NEW_INSTANCES");
const target = (app: DeployedApp) => numberOf(app, "TARGET_INSTANCES");

/**
 * A tool that deploys blue and green from outside, as users' tools do: it knows nothing of us but the admin port. The
 * requests, their order and what is read from the answers are those of the customary tool, zdd.py.
 */
export class BlueGreenTool {
  readonly #marathon: MarathonApi;
  /** What was done to the sides, in order. */
  readonly steps: string[] = [];

  constructor(private readonly bench: Bench) {
    this.#marathon = new MarathonApi(bench.marathonUrl);
  }

  /** Deploys the next side; where there is an old one, replaces it, or some of its instances, step by step. */
  async deploy(app: SideDefinition, { newInstances = 0 } = {}): Promise<void> {
    const [last, ...others] = await this.#sidesOf(app);
    assert.deepEqual(others, [], "a deployment is under way");
    const side = nextSide(app, last, newInstances, new Date().toISOString());
    await this.#marathon.create(side);
    this.steps.push(`create ${side.id} with ${side.instances}`);
    if (last) await this.#swap({ fresh: await this.#marathon.app(side.id), old: last }, newInstances > 0);
  }

  /** Replaces the rest of a hybrid: by its newer side, or by the one that was there before. */
  async complete(app: SideDefinition, to: "newer" | "older"): Promise<void> {
    const [newer, older] = await this.#sidesOf(app);
    assert.ok(newer && older, "there is no hybrid to complete");
    await this.#swap(to === "newer" ? { fresh: newer, old: older } : { fresh: older, old: newer }, false);
  }

  /** The sides there are, the one deployed last first. */
  async #sidesOf({ labels }: SideDefinition): Promise<DeployedApp[]> {
    const started = (side: DeployedApp) => side.labels.HAPROXY_DEPLOYMENT_STARTED_AT ?? "";
    return (await this.#marathon.apps())
      .filter((side) => side.labels.HAPROXY_DEPLOYMENT_GROUP === labels.HAPROXY_DEPLOYMENT_GROUP)
      .sort((a, b) => started(a) < started(b) ? 1 : -1);
  }

  async #swap(sides: Sides, hybrid: boolean): Promise<void> {
    while (true) {
      const { fresh, old } = await this.#idle(sides);
      const wanted = hybrid ? newInstances(fresh) : target(fresh);
      if (hybrid && fresh.instances === wanted && old.instances === target(old) - wanted) return;

      const drained = await this.#drainedTasks({ fresh, old });
      if (!hybrid && fresh.instances === wanted && drained.length === old.instances) {
        await this.#marathon.remove(old.id);
        this.steps.push(`delete ${old.id}`);
        return;
      }
      if (drained.length > 0) {
        await this.#marathon.killAndScale(drained);
        this.steps.push(`kill ${drained.length} of ${old.id}`);
      }
      if (fresh.instances < wanted) {
        const grown = Math.floor(fresh.instances + (fresh.instances + 1) / 2);
        const instances = hybrid ? Math.min(grown, wanted) : grown >= old.instances ? wanted : grown;
        await this.#marathon.scale(fresh.id, instances);
        this.steps.push(`scale ${fresh.id} to ${instances}`);
      }
    }
  }

  /**
   * Both sides as they are once Marathon deploys neither. (zdd.py looks at the new side only and pauses longer than
   * killed tasks take to be gone; Marathon refuses to change an app that it still changes.)
   */
  #idle({ fresh, old }: Sides): Promise<Sides> {
    return eventually(async () => {
      const sides = { old: await this.#marathon.app(old.id), fresh: await this.#marathon.app(fresh.id) };
      for (const side of Object.values(sides)) {
        assert.deepEqual(side.deployments, [], `${side.id} is deployed`);
      }
      return sides;
    });
  }

  /**
   * The old side's tasks that no longer have requests, once HAProxy does not reload and shows all tasks of both sides.
   * (zdd.py pauses before each look, so that the load balancer has caught up with what was done before. This knows how
   * many tasks drain then: as many as are there above the target.)
   */
  #drainedTasks({ fresh, old }: Sides): Promise<string[]> {
    const spare = Math.min(old.instances, fresh.instances, old.instances + fresh.instances - target(fresh));
    return eventually(async () => {
      const pids = (await this.bench.ask("/_haproxy_getpids")).split(/\s+/);
      assert.ok(pids.length <= 2, `HAProxy reloads: ${pids.join(" ")}`);

      const servers = readStats(await this.bench.ask("/haproxy?stats;csv")).filter(({ pxname, svname }) =>
        pxname === `${fresh.labels.HAPROXY_DEPLOYMENT_GROUP}_${fresh.labels.HAPROXY_0_PORT}` &&
        svname !== "FRONTEND" && svname !== "BACKEND"
      );
      assert.equal(servers.length, fresh.instances + old.instances);
      const up = servers.filter(({ status }) => status === "UP").length;
      assert.ok(up >= target(fresh), `${up} servers are up, and not ${target(fresh)}`);
      const drained = servers.filter(isDrained).map(({ svname }) => svname);
      // Servers are told apart by their names alone.
      const tasks = old.tasks!.filter(({ host, ports }) =>
        ports.some((port) => drained.includes(`${host.replaceAll(".", "_")}_${port}`))
      );
      assert.equal(tasks.length, spare, `the wrong number of ${old.id} is drained`);
      return tasks.map(({ id }) => id);
    });
  }
}

function isDrained({ status, qcur, scur }: StatsRow): boolean {
  return status === "MAINT" && !Number(qcur) && !Number(scur);
}
