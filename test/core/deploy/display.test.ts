import assert from "node:assert/strict";
import { situationLines, styledAction } from "../../../lib/core/deploy/display.ts";
import { type Action, type DeployPlan, type Memory, nothingYet } from "../../../lib/core/deploy/next.ts";
import type { LoadBalancer, Side } from "../../../lib/core/deploy/observation.ts";
import { actionText } from "../../../lib/core/deploy/text.ts";
import { styleFor } from "../../../lib/core/style.ts";
import { balancer, plan, side } from "./support/sides.ts";

const known: Memory = { fresh: "/web-green", old: "/web-blue", present: true };
const stepped: DeployPlan = { ...plan, steps: [25, 50, 100] };
const [plain, colourful] = [styleFor(false), styleFor(true)];

const cases: [
  title: string,
  sides: Side[],
  loadBalancers: LoadBalancer[],
  more: { plan?: Partial<DeployPlan>; memory?: Partial<Memory> },
  lines: string[],
][] = [
  ["the first look", [], [balancer({}, { name: "lb1" })], { memory: { fresh: undefined } }, [
    "step 1",
    "lb1",
  ]],
  ["the first deployment", [side("green", "hu")], [balancer({ green: "U." })], {}, [
    "step 2 of 3   new /web-green: 1 of 2 healthy",
    "lb            new 1 serving, 1 absent",
  ]],
  [
    "several load balancers, each with what it still has to end",
    [side("green", "hh"), side("blue", "hhhh")],
    [
      balancer({ green: "UD", blue: "MBBU" }, { name: "http://10.0.0.1:9090", oldWorkers: 1 }),
      balancer({ green: "UU", blue: "UUMM" }, { name: "https://10.0.0.2:9090" }),
      balancer({}, { name: "10.0.0.3:9090", problem: "connection refused" }),
    ],
    {},
    [
      "step 2 of 3     new /web-green: 2 of 2 healthy   old /web-blue: 4 of 4 healthy",
      "10.0.0.1:9090   new 1 serving, 1 down            old 1 serving, 3 draining with 2 requests   1 old worker",
      "10.0.0.2:9090   new 2 serving                    old 2 serving, 2 draining",
      "10.0.0.3:9090   does not answer: connection refused",
    ],
  ],
  ["a side without a task", [side("green", "hhhh"), side("blue", "")], [balancer({ green: "UUUU" })], {}, [
    "step 3 of 3   new /web-green: 4 of 4 healthy   old /web-blue: 0 of 0 healthy",
    "lb            new 4 serving                    old none",
  ]],
  [
    "a completion has one step",
    [side("green", "h"), side("blue", "h")],
    [],
    { plan: { intent: "complete" } },
    [
      "step 1 of 1   new /web-green: 1 of 1 healthy   old /web-blue: 1 of 1 healthy",
    ],
  ],
  ["a rollback", [side("green", "h"), side("blue", "h")], [], { memory: { rollback: "it failed" } }, [
    "rollback   new /web-green: 1 of 1 healthy   old /web-blue: 1 of 1 healthy",
  ]],
];

for (const [title, sides, loadBalancers, { plan: changed, memory }, lines] of cases) {
  Deno.test(`situationLines: ${title}`, () => {
    const view = {
      seen: { at: 0, sides, namesake: false, loadBalancers },
      memory: { ...nothingYet, ...known, ...memory },
    };
    assert.deepEqual(situationLines(view, { ...stepped, ...changed }, plain), lines);
    const styled = situationLines(view, { ...stepped, ...changed }, colourful);
    // deno-lint-ignore no-control-regex
    assert.deepEqual(styled.map((line) => line.replaceAll(/\u001b\[\d+m/g, "").trimEnd()), lines);
  });
}

Deno.test("situationLines: nothing that others wrote moves the cursor", () => {
  const hostile = "\u001b[2J\n";
  const loadBalancers = [balancer({}, { name: hostile, problem: hostile })];
  const view = {
    seen: { at: 0, sides: [{ ...side("green", "h"), id: hostile }], namesake: false, loadBalancers },
    memory: { fresh: hostile },
  };
  const text = situationLines(view, plan, plain).join("");
  assert.ok(text.includes("\\u001b[2J\\n"), text);
  assert.ok(!text.includes("\u001b") && !text.includes("\n"));
});

Deno.test("styledAction: the words are the same in every style, and ends differ by it", () => {
  const reason = "a reason";
  const actions: Action[] = [
    { kind: "wait", reason },
    { kind: "done", said: reason },
    { kind: "rolledBack", reason },
    { kind: "fail", reason },
    { kind: "remove", app: "/web-blue", force: false },
  ];
  for (const action of actions) assert.equal(styledAction(action, plain), actionText(action));
  const begins = actions.map((action) => styledAction(action, colourful).slice(0, 5));
  assert.equal(new Set(begins).size, actions.length);
});
