import assert from "node:assert/strict";
import type { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import type { Bench } from "./support/Bench.ts";
import { BlueGreenTool } from "./support/blueGreen/BlueGreenTool.ts";
import type { SideDefinition } from "./support/blueGreen/nextSide.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { Traffic } from "./support/Traffic.ts";
import { Wrk } from "./support/Wrk.ts";

/** Tasks serve for so long after they were told to end. */
const timings = { stagingMs: 50, healthyMs: 50, killGraceMs: 1_000 };

/** @param often without it, HAProxy checks as often as Marathon by default: once a minute */
async function webSide(instances: number, often: { intervalSeconds?: number }): Promise<SideDefinition> {
  const [port, alternative] = await Promise.all([freePort(), freePort()]);
  return {
    id: "web",
    instances,
    ports: [port],
    labels: {
      HAPROXY_GROUP: "external",
      HAPROXY_0_VHOST: "web.test",
      HAPROXY_DEPLOYMENT_GROUP: "web",
      HAPROXY_DEPLOYMENT_ALT_PORT: String(alternative),
    },
    // A server without a check is never `UP`, which is what the tool waits for.
    healthChecks: [{ protocol: "HTTP", path: "/health", portIndex: 0, timeoutSeconds: 1, ...often }],
  };
}

/** Deploys four blue tasks; runs further deployments while clients ask, all of whose requests have to be answered. */
async function underLoad(
  bench: Bench,
  run: (world: { marathon: SimulatedMarathon; tool: BlueGreenTool; app: SideDefinition }) => Promise<void>,
  { flags = [], often = { intervalSeconds: 1 } }: {
    flags?: readonly string[];
    often?: { intervalSeconds?: number };
  } = {},
): Promise<void> {
  const marathon = await bench.startMarathon({ timings });
  await bench.serve({ flags });
  const tool = new BlueGreenTool(bench);
  const app = await webSide(4, often);
  await tool.deploy(app);
  await marathon.settled();
  assert.deepEqual(tool.steps.splice(0), ["create /web-blue with 4"]);
  await eventually(async () => assert.equal((await bench.get("web.test")).status, 200));

  const settledOn = async (traffic: Traffic) => {
    await marathon.settled();
    await traffic.untilAnsweredBy(marathon.tasks().map(({ id }) => String(id)));
  };
  await using traffic = new Traffic(bench.http, "web.test");
  await settledOn(traffic);
  await using wrk = new Wrk(bench.http, "web.test");
  await run({ marathon, tool, app });
  await settledOn(traffic);
  await wrk.finish();
  await traffic[Symbol.asyncDispose]();
  assert.deepEqual(traffic.failures, []);
}

const instances = (marathon: SimulatedMarathon) =>
  Object.fromEntries(
    ["/web-blue", "/web-green"].map((id) => [id, marathon.tasks(id).length]),
  );

endToEnd("is deployed blue and green in turn, step by step, without a failed request", async (bench) => {
  await underLoad(bench, async ({ marathon, tool, app }) => {
    await tool.deploy(app);
    await marathon.settled();
    assert.deepEqual(tool.steps.splice(0), [
      "create /web-green with 1",
      "kill 1 of /web-blue",
      "scale /web-green to 2",
      "kill 1 of /web-blue",
      "scale /web-green to 4",
      "delete /web-blue",
    ]);
    assert.deepEqual(instances(marathon), { "/web-blue": 0, "/web-green": 4 });

    await tool.deploy(app);
    await marathon.settled();
    assert.equal(tool.steps.at(-1), "delete /web-green");
    assert.deepEqual(instances(marathon), { "/web-blue": 4, "/web-green": 0 });
  });
});

for (const [to, left] of [["newer", "/web-green"], ["older", "/web-blue"]] as const) {
  endToEnd(
    `a hybrid of blue and green is completed to its ${to} side without a failed request`,
    async (bench) => {
      await underLoad(bench, async ({ marathon, tool, app }) => {
        await tool.deploy(app, { newInstances: 2 });
        await marathon.settled();
        assert.deepEqual(instances(marathon), { "/web-blue": 2, "/web-green": 2 });

        await tool.complete(app, to);
        await marathon.settled();
        assert.deepEqual(instances(marathon), { "/web-blue": 0, "/web-green": 0, [left]: 4 });
      });
    },
  );
}

for (const flags of [[], ["--health-check"]]) {
  endToEnd(
    `is deployed without intervalSeconds, ${
      flags.join("") || "and without --health-check"
    }: new servers are UP at once`,
    async (bench) => {
      await underLoad(bench, async ({ marathon, tool, app }) => {
        // Each step waits until servers are UP, and for less than the minute between two checks.
        await tool.deploy(app);
        await marathon.settled();
        assert.deepEqual(instances(marathon), { "/web-blue": 0, "/web-green": 4 });
      }, { flags, often: {} });
    },
  );
}
