import assert from "node:assert/strict";
import { readDefinition } from "../../../lib/core/deploy/definition.ts";
import type { Action, DeployPlan } from "../../../lib/core/deploy/next.ts";
import { actionText } from "../../../lib/core/deploy/text.ts";
import { deploy } from "../../../lib/shell/deploy/deployer.ts";
import { FakeClock } from "../../support/FakeClock.ts";

const definition = readDefinition(
  JSON.stringify({
    id: "web",
    ports: [10001],
    labels: { HAPROXY_DEPLOYMENT_GROUP: "web", HAPROXY_DEPLOYMENT_ALT_PORT: "10002" },
  }),
  "web.json",
);
const plan: DeployPlan = {
  definition,
  steps: [100],
  watch: 0,
  mostErrors: 1,
  patience: 60_000,
  intent: "deploy",
  nonce: 0,
};

const failure = (status?: number) =>
  new Error("Marathon did not answer", { cause: [{ reason: `HTTP ${status}`, advice: "", status }] });

/** A Marathon that has one task for each instance, healthy at once, and fails as it is told. */
class FakeMarathon {
  apps: Record<string, unknown>[] = [];
  readonly asked: string[] = [];
  /** What the next requests of this method do, in order; undefined answers. */
  readonly faults: Record<string, (Error | undefined)[]> = {};

  #fail(method: string) {
    const error = this.faults[method]?.shift();
    if (error) throw error;
  }

  get(path: string): Promise<unknown> {
    this.#fail("GET");
    if (path.startsWith("/v2/apps?")) return Promise.resolve({ apps: this.apps });
    throw failure(404);
  }

  send(method: string, path: string, value: unknown): Promise<unknown> {
    this.asked.push(`${method} ${path}`);
    this.#fail(method);
    const app = value as Record<string, unknown>;
    const id = String(app.id);
    const tasks = [{ id: `${id}.1`, host: "10.0.0.1", ports: [31000], state: "TASK_RUNNING" }];
    this.apps = [...this.apps, { ...app, tasks }];
    return Promise.resolve(undefined);
  }

  delete(): Promise<unknown> {
    throw new Error("Nothing is to be deleted");
  }
}

/** Runs a first deployment; time passes as fast as it can. */
async function run(marathon: FakeMarathon, signal = new AbortController().signal) {
  const clock = new FakeClock();
  const said: string[] = [];
  const servers = [{ name: "10_0_0_1_31000", status: "UP", busy: 0, requests: 0, errors: 0 }];
  const work = deploy(plan, {
    marathon,
    loadBalancers: { look: () => Promise.resolve([{ name: "lb", oldWorkers: 0, servers }]) },
    clock,
    tell: (action: Action) => void said.push(actionText(action)),
  }, signal);
  let ended = false;
  work.then(() => ended = true, () => ended = true);
  for (let turn = 0; turn < 200 && !ended; turn++) await clock.advance(1_000);
  return { end: actionText(await work), said, clock };
}

Deno.test("deploy: looks, creates, and is done when the load balancer uses the task", async () => {
  const marathon = new FakeMarathon();
  const { end, said } = await run(marathon);
  assert.equal(end, "done: /web-blue serves with 1 instance");
  assert.deepEqual(said, ["create /web-blue with 1 of 1 instance"]);
  assert.deepEqual(marathon.asked, ["POST /v2/apps"]);
});

Deno.test("deploy: Marathon that fails for a while is asked again", async () => {
  const marathon = new FakeMarathon();
  marathon.faults.GET = [undefined, undefined, failure(503), failure(undefined)];
  const { end, said } = await run(marathon);
  assert.match(end, /^done/);
  assert.equal(said.filter((text) => /^wait: Marathon did not answer/.test(text)).length, 2);
});

Deno.test("deploy: an app that was created without an answer is not created twice", async () => {
  const marathon = new FakeMarathon();
  const send = marathon.send.bind(marathon);
  let first = true;
  marathon.send = async (...words) => {
    await send(...words);
    if (first) {
      first = false;
      throw failure(undefined);
    }
    return undefined;
  };
  const { end } = await run(marathon);
  assert.match(end, /^done/);
  assert.deepEqual(marathon.asked, ["POST /v2/apps"]);
});

Deno.test("deploy: Marathon that fails for longer than --max-wait ends it, with what to do", async () => {
  const marathon = new FakeMarathon();
  marathon.faults.GET = [undefined, undefined, ...Array.from({ length: 500 }, () => failure(503))];
  const { end } = await run(marathon);
  assert.match(end, /^failed: Marathon did not answer Continue with --resume\.$/);
});

for (
  const [what, faults] of [["the first question", { GET: [failure(503)] }], ["what is asked", {
    POST: [failure(422)],
  }]] as const
) {
  Deno.test(`deploy: Marathon that refuses ${what} ends it with its message`, async () => {
    const marathon = new FakeMarathon();
    Object.assign(marathon.faults, faults);
    await assert.rejects(run(marathon), /Marathon did not answer/);
  });
}

Deno.test("deploy: a signal ends it with its reason", async () => {
  const stop = new AbortController();
  stop.abort(new Error("stopped by SIGTERM"));
  await assert.rejects(run(new FakeMarathon(), stop.signal), /stopped by SIGTERM/);
});
