import assert from "node:assert/strict";
import { digestLabel } from "../../../lib/core/deploy/definition.ts";
import { forecast } from "../../../lib/core/deploy/forecast.ts";
import { type DeployPlan, type Memory, next, nothingYet, stepCounts } from "../../../lib/core/deploy/next.ts";
import type { LoadBalancer, Observation, Side } from "../../../lib/core/deploy/observation.ts";
import { actionText } from "../../../lib/core/deploy/text.ts";
import { balancer, definition, plan, side } from "./support/sides.ts";

const known: Memory = { fresh: "/web-green", old: "/web-blue", present: true };

interface Case {
  readonly title: string;
  readonly sides: readonly Side[];
  readonly balancers?: readonly LoadBalancer[];
  readonly plan?: Partial<DeployPlan>;
  readonly memory?: Memory;
  readonly namesake?: boolean;
  readonly says: RegExp | string;
}

const green = (tasks: string, more?: Parameters<typeof side>[2]) => side("green", tasks, more);
const blue = (tasks: string, more?: Parameters<typeof side>[2]) => side("blue", tasks, more);
const steps = { steps: [25, 50, 100] };
const rescaled = { scaledAt: 3e15 };

const begins: Case[] = [
  { title: "the first deployment", sides: [], says: "create /web-blue with 4 of 4 instances" },
  { title: "green after blue", sides: [blue("hhhh")], says: "create /web-green with 4 of 4 instances" },
  {
    title: "as many as run, not as the file says",
    sides: [blue("hhhhhh")],
    says: "create /web-green with 6 of 6 instances",
  },
  { title: "what was suspended", sides: [blue("")], says: "create /web-green with 4 of 4 instances" },
  {
    title: "in steps",
    sides: [blue("hhhh")],
    plan: steps,
    says: "create /web-green with 1 of 4 instances",
  },
  {
    title: "two sides without a flag",
    sides: [green("h"), blue("hhhh")],
    says: /^refused: a deployment of the group web is under way or was interrupted: .*--resume/,
  },
  {
    title: "three sides",
    sides: [green("h"), blue("h"), { ...blue("h"), id: "/web" }],
    says: /more than two apps/,
  },
  { title: "--complete-now of one", sides: [blue("h")], plan: { intent: "complete" }, says: /is alone/ },
  { title: "--rollback of none", sides: [], plan: { intent: "rollback" }, says: /it has no app/ },
  { title: "--resume of none deploys", sides: [], plan: { intent: "resume" }, says: /^create \/web-blue/ },
  {
    title: "--resume of what runs already",
    sides: [blue("hhhh", { labels: { [digestLabel]: definition.digest } })],
    plan: { intent: "resume" },
    balancers: [balancer({ blue: "UUUU" })],
    says: "done: /web-blue serves with 4 instances",
  },
  {
    title: "--resume with another file",
    sides: [green("h", { labels: { [digestLabel]: "other" } }), blue("hhhh")],
    plan: { intent: "resume" },
    says: /^refused: the deployment that is under way created \/web-green from another definition/,
  },
  {
    title: "a side without a target",
    sides: [blue("h", { labels: { HAPROXY_DEPLOYMENT_TARGET_INSTANCES: "" } })],
    says: /^refused: \/web-blue has no label HAPROXY_DEPLOYMENT_TARGET_INSTANCES/,
  },
  {
    title: "another port",
    sides: [blue("h", { labels: { HAPROXY_0_PORT: "9" } })],
    says: /exposed at port 9, and the definition says 10001/,
  },
  { title: "an app without a group", sides: [], namesake: true, says: /^refused: \/web runs, and is not of/ },
  {
    title: "a load balancer that does not answer",
    sides: [],
    balancers: [balancer({}, { problem: "connection refused" })],
    says: /^refused: the load balancer lb does not answer: connection refused/,
  },
];

const continues: Case[] = [
  {
    title: "tasks that are not healthy yet",
    sides: [green("hu"), blue("hhhh")],
    memory: known,
    says: "wait: 1 of 2 tasks of /web-green are healthy and ready",
  },
  {
    title: "a deployment of Marathon that has not ended: readiness, for example",
    sides: [green("hh", { deploying: true }), blue("hhhh")],
    memory: known,
    says: /^wait: 2 of 2 tasks/,
  },
  {
    title: "servers of one load balancer of two",
    sides: [green("h"), blue("hhhh")],
    balancers: [balancer({ green: "U", blue: "MUUU" }), balancer({ green: ".", blue: "UUUU" })],
    memory: known,
    says: "wait: the load balancers use 1 of 2 servers of /web-green",
  },
  {
    title: "a load balancer that does not answer any more",
    sides: [green("h"), blue("hhhh")],
    balancers: [balancer({ green: "U", blue: "MUUU" }), balancer({}, { problem: "connection refused" })],
    memory: known,
    says: "wait: lb does not answer (connection refused)",
  },
  {
    title: "draining at one load balancer of two",
    sides: [green("h"), blue("hhhh")],
    balancers: [balancer({ green: "U", blue: "MUUU" }), balancer({ green: "U", blue: "UUUU" })],
    memory: known,
    says: "wait: the load balancers drain 0 of 1 task of /web-blue",
  },
  {
    title: "requests at a drained task",
    sides: [green("h"), blue("hhhh")],
    balancers: [balancer({ green: "U", blue: "BUUU" })],
    memory: known,
    says: "wait: waiting for 1 request at drained tasks to end",
  },
  {
    title: "old workers, whose requests no statistics show",
    sides: [green("h"), blue("hhhh")],
    balancers: [balancer({ green: "U", blue: "MUUU" }, { oldWorkers: 2 })],
    memory: known,
    says: "wait: waiting for 2 old workers of HAProxy to end",
  },
  {
    title: "a drained task",
    sides: [green("h"), blue("hhhh")],
    balancers: [balancer({ green: "U", blue: "UMUU" })],
    plan: steps,
    memory: known,
    says: "end 1 drained task of /web-blue",
  },
  {
    title: "a side that Marathon is changing",
    sides: [green("h"), blue("hhhh", { deploying: true })],
    balancers: [balancer({ green: "U", blue: "UMUU" })],
    memory: known,
    says: "wait: Marathon is changing /web-blue",
  },
  {
    title: "between two steps, with the old side scaled last: without waiting for servers",
    sides: [green("h"), blue("hhh", rescaled)],
    plan: steps,
    memory: known,
    says: "scale /web-green from 1 to 2 of 4 instances",
  },
  {
    title: "all of the old side drained",
    sides: [green("hhhh"), blue("hh")],
    balancers: [balancer({ green: "UUUU", blue: "MM" })],
    memory: known,
    says: "delete /web-blue",
  },
  {
    title: "an old side that does not run at all",
    sides: [green("hhhh"), blue("uu")],
    balancers: [balancer({ green: "UUUU" })],
    memory: known,
    says: "delete /web-blue",
  },
  {
    title: "a side that Marathon is deleting",
    sides: [green("hhhh"), blue("hh")],
    balancers: [balancer({ green: "UUUU", blue: "MM" })],
    memory: { ...known, removed: "/web-blue" },
    says: "wait: Marathon is deleting /web-blue",
  },
  {
    title: "the old side gone",
    sides: [green("hhhh")],
    balancers: [balancer({ green: "UUUU" })],
    memory: known,
    says: "done: /web-green serves with 4 instances",
  },
  {
    title: "a share that stays",
    sides: [green("hh", { hybrid: 2 }), blue("hh", rescaled)],
    balancers: [balancer({ green: "UU", blue: "UU" })],
    plan: { steps: [50] },
    memory: known,
    says: /^done: \/web-green serves with 2 of 4 instances, \/web-blue with 2; end it with --complete-now/,
  },
  {
    title: "a hybrid of zdd.py, with --complete-now",
    sides: [green("hh", { hybrid: 2 }), blue("hh", rescaled)],
    balancers: [balancer({ green: "UU", blue: "UU" })],
    plan: { intent: "complete" },
    says: "scale /web-green from 2 to 4 of 4 instances",
  },
  {
    title: "an app that joins the group meanwhile",
    sides: [{ ...green("h"), id: "/web-red" }, green("h"), blue("hhhh")],
    memory: known,
    says: "failed: /web-red of the same group was started meanwhile by something else",
  },
  {
    title: "a new side that something else deletes",
    sides: [blue("hhhh")],
    memory: known,
    says: "failed: /web-green is gone: something else deleted it; /web-blue serves",
  },
];

const returns: Case[] = [
  {
    title: "--rollback of a whole old side makes it the one scaled last",
    sides: [green("h"), blue("hhhh")],
    balancers: [balancer({ green: "U", blue: "MUUU" })],
    plan: { intent: "rollback" },
    says: "scale /web-blue from 4 to 5 and back, so that it gets the traffic",
  },
  {
    title: "--rollback of an old side that was scaled down",
    sides: [green("hh"), blue("hh")],
    balancers: [balancer({ green: "UU", blue: "UU" })],
    plan: { intent: "rollback" },
    says: "scale /web-blue from 2 to 4 of 4 instances",
  },
  {
    title: "--rollback of a new side without traffic",
    sides: [green("u"), blue("hhhh")],
    balancers: [balancer({ green: ".", blue: "UUUU" })],
    plan: { intent: "rollback" },
    says: "delete /web-green",
  },
  {
    title: "--resume of a rollback, while the new side is still used",
    sides: [green("hh"), blue("hhhu", rescaled)],
    balancers: [balancer({ green: "UM", blue: "UUU." })],
    plan: { intent: "resume" },
    says: "wait: returning to /web-blue: 3 of 4 tasks are healthy, 1 server of /web-green still used",
  },
  {
    title: "--complete-now of a rollback",
    sides: [green("hh"), blue("hhhu", rescaled)],
    plan: { intent: "complete" },
    says: /^refused: the deployment is being rolled back to \/web-blue; end that with --resume/,
  },
  {
    title: "requests at the new side",
    sides: [green("h"), blue("hhhh", rescaled)],
    balancers: [balancer({ green: "B", blue: "UUUU" })],
    plan: { intent: "resume" },
    says: "wait: waiting for 1 request at drained tasks to end",
  },
  {
    title: "the instance too many",
    sides: [green("h"), blue("hhhhu", rescaled)],
    balancers: [balancer({ green: "M", blue: "UUUU." })],
    plan: { intent: "resume" },
    says: "scale /web-blue from 5 to 4 of 4 instances",
  },
  {
    title: "a new side that is drained",
    sides: [green("h"), blue("hhhh", rescaled)],
    balancers: [balancer({ green: "M", blue: "UUUU" })],
    plan: { intent: "resume" },
    says: "delete /web-green",
  },
  {
    title: "the new side gone",
    sides: [blue("hhhh", rescaled)],
    memory: { ...known, rollback: "its tasks failed" },
    says: "rolled back: its tasks failed",
  },
];

for (const [what, cases] of Object.entries({ begins, continues, returns })) {
  for (
    const { title, sides, balancers = [], memory = nothingYet, namesake = false, says, ...rest } of cases
  ) {
    Deno.test(`next ${what}: ${title}`, () => {
      const seen: Observation = { at: 0, sides, namesake, loadBalancers: balancers };
      const text = actionText(next(seen, { ...plan, ...rest.plan }, memory, 5e12).action);
      if (typeof says === "string") assert.equal(text, says);
      else assert.match(text, says);
    });
  }
}

/** The texts of what is decided at one time after another. */
function decide(looks: readonly (Omit<Observation, "namesake">)[], more: Partial<DeployPlan>): string[] {
  let memory = known;
  return looks.map((look) => {
    const decision = next({ ...look, namesake: false }, { ...plan, ...more }, memory, 0);
    memory = decision.memory;
    return actionText(decision.action);
  });
}

const looking = (at: number, sides: readonly Side[], ...loadBalancers: LoadBalancer[]) => ({
  at,
  sides,
  loadBalancers,
});

Deno.test("next: tasks that do not become healthy within --max-wait are rolled back; progress begins it again", () => {
  const [at0, at1] = [green("uu"), green("hu")];
  const old = blue("hhhh");
  const lb = balancer({ blue: "UUUU" });
  assert.deepEqual(
    decide([
      looking(0, [at0, old], lb),
      looking(50_000, [at1, old], lb),
      looking(109_000, [at1, old], lb),
      looking(110_000, [at1, old], lb),
    ], {}),
    [
      "wait: 0 of 2 tasks of /web-green are healthy and ready",
      "wait: 1 of 2 tasks of /web-green are healthy and ready",
      "wait: 1 of 2 tasks of /web-green are healthy and ready",
      "delete /web-green",
    ],
  );
});

Deno.test("next: drained tasks that keep their requests are ended after --max-wait", () => {
  const sides = [green("h"), blue("hhhh")];
  const lb = balancer({ green: "U", blue: "BUUU" });
  const said = decide([looking(0, sides, lb), looking(59_000, sides, lb), looking(60_000, sides, lb)], steps);
  assert.match(said[1]!, /^wait: waiting for 1 request/);
  assert.equal(said[2], "end 1 drained task of /web-blue, which still have requests after --max-wait");
});

const watching = { watch: 10_000, ...steps };
const sidesWatched = [green("h"), blue("hhhh")];

/** A load balancer whose servers have counted so much: of the new side, and of the first of the old one that serves. */
function counted(
  fresh: [requests: number, errors: number],
  old: [requests: number, errors: number] = [0, 0],
) {
  const lb = balancer({ green: "U", blue: "MUUU" });
  const counts: Record<string, [number, number]> = { green_0: fresh, blue_1: old };
  return {
    ...lb,
    servers: lb.servers.map((server) => {
      const [requests, errors] = counts[server.name] ?? [0, 0];
      return { ...server, requests, errors };
    }),
  };
}

const watches: [title: string, looks: LoadBalancer[], last: RegExp][] = [
  ["no error", [counted([5, 5]), counted([500, 5])], /^end 1 drained task/],
  ["as many errors as may be", [counted([0, 0]), counted([100, 1])], /^end 1 drained task/],
  ["too many errors", [counted([0, 0]), counted([100, 2])], /^scale \/web-blue from 4 to 5/],
  ["too many errors, but the old side has more", [counted([0, 0]), counted([100, 2], [100, 3])], /^end 1/],
  ["connections that fail before they are requests", [counted([0, 0]), counted([0, 3])], /^scale \/web-blue/],
  ["counters that begin again after a reload", [counted([900, 50]), counted([40, 1])], /^scale \/web-blue/],
];
for (const [title, [first, second], last] of watches) {
  Deno.test(`next: --watch with ${title}`, () => {
    const said = decide([looking(0, sidesWatched, first!), looking(10_000, sidesWatched, second!)], watching);
    assert.match(said[0]!, /^wait: watching \/web-green for 10 s: 0 of 0 requests failed/);
    assert.match(said[1]!, last);
  });
}

const failures: [title: string, sides: Side[], lb: LoadBalancer][] = [
  ["a task that is not healthy any more", [green("u"), blue("hhhh")], balancer({ green: "U", blue: "MUUU" })],
  ["a task that is gone", [green("h", { tasks: [] }), blue("hhhh")], balancer({ blue: "UUUU", green: "U" })],
  ["a server that is down", sidesWatched, balancer({ green: "D", blue: "UUUU" })],
];
for (const [title, sides, lb] of failures) {
  Deno.test(`next: ${title} while it is watched is rolled back at once`, () => {
    const said = decide(
      [looking(0, sidesWatched, counted([0, 0])), looking(1_000, sides, lb)],
      watching,
    );
    assert.match(said[1]!, /^(?:scale \/web-blue from 4 to 5|delete \/web-green)/);
  });
}

Deno.test("next: a creation that Marathon did not answer is repeated, and another one's is refused", () => {
  const before: Observation = { at: 0, sides: [blue("hhhh")], namesake: false, loadBalancers: [] };
  const created = next(before, plan, nothingYet, 5e12);
  assert.equal(actionText(created.action), "create /web-green with 4 of 4 instances");
  const again = next({ ...before, at: 1_000 }, plan, created.memory, 5e12 + 1_000);
  assert.deepEqual(again.action, created.action);
  const late = next({ ...before, at: 61_000 }, plan, again.memory, 5e12);
  assert.match(actionText(late.action), /^failed: Marathon does not have \/web-green, 60 s after/);

  const other = green("h", { labels: { HAPROXY_DEPLOYMENT_STARTED_AT: "2026-01-01T00:00:00Z" } });
  const refused = next({ ...before, sides: [other, blue("hhhh")] }, plan, created.memory, 0);
  assert.equal(
    actionText(refused.action),
    "refused: another deployment of the group created /web-green first",
  );
});

Deno.test("next: a rollback that does not end fails, and keeps both sides", () => {
  const sides = [green("h"), blue("hhuu", rescaled)];
  const lb = balancer({ green: "U", blue: "UU.." });
  let memory: Memory = { ...known, rollback: "it failed" };
  for (const at of [0, 60_000]) {
    const decision = next({ ...looking(at, sides, lb), namesake: false }, plan, memory, 0);
    memory = decision.memory;
    if (at > 0) {
      assert.match(actionText(decision.action), /^failed: the rollback \(it failed\) cannot end: no prog/);
    }
  }
});

const stepTable: [percents: number[], target: number, counts: number[]][] = [
  [[100], 4, [4]],
  [[10, 50, 100], 4, [1, 2, 4]],
  [[10, 50, 100], 20, [2, 10, 20]],
  [[1, 2, 3, 100], 10, [1, 10]],
  [[50], 3, [2]],
  [[100], 1, [1]],
];
for (const [percents, target, counts] of stepTable) {
  Deno.test(`stepCounts: ${percents} % of ${target}`, () =>
    assert.deepEqual(stepCounts(percents, target), counts));
}

const forecasts: [title: string, sides: Side[], more: Partial<DeployPlan>, lines: string[]][] = [
  ["a first deployment", [], {}, [
    "create /web-blue with 4 of 4 instances",
    "done: /web-blue serves with 4 instances",
  ]],
  ["steps with a watch", [blue("hhhh")], watching, [
    "create /web-green with 1 of 4 instances",
    "wait: watching /web-green for 10 s: 0 of 0 requests failed",
    "end 1 drained task of /web-blue",
    "scale /web-green from 1 to 2 of 4 instances",
    "wait: watching /web-green for 10 s: 0 of 0 requests failed",
    "end 1 drained task of /web-blue",
    "scale /web-green from 2 to 4 of 4 instances",
    "wait: watching /web-green for 10 s: 0 of 0 requests failed",
    "delete /web-blue",
    "done: /web-green serves with 4 instances",
  ]],
  ["a rollback of half", [green("uu"), blue("hh")], { intent: "rollback" }, [
    "scale /web-blue from 2 to 4 of 4 instances",
    "delete /web-green",
    "rolled back: --rollback asks for it",
  ]],
  ["a refusal", [blue("h")], { intent: "complete" }, [
    "refused: no deployment of the group web is under way: /web-blue is alone",
  ]],
];
for (const [title, sides, more, lines] of forecasts) {
  Deno.test(`forecast: ${title}`, () => {
    const actions = forecast({ ...looking(0, sides), namesake: false }, { ...plan, ...more }, 5e12);
    assert.deepEqual(actions.map(actionText), lines);
  });
}
