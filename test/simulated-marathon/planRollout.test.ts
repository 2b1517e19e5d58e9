import { deepEqual } from "node:assert/strict";
import { planRollout, type RolloutTask } from "../../tools/simulated-marathon/deployment/planRollout.ts";

interface NamedTask extends RolloutTask {
  readonly name: string;
}

/** `a` a ready task, `a?` one that starts, `a!` one that ends; `-a` is outdated. */
function tasksOf(text: string): NamedTask[] {
  return text.split(" ").filter((word) => word !== "").map((word) => ({
    name: word,
    outdated: word.startsWith("-"),
    phase: word.endsWith("?") ? "starting" : word.endsWith("!") ? "ending" : "ready",
  }));
}

const full = { minimumHealthCapacity: 1, maximumOverCapacity: 1 };
const tight = { minimumHealthCapacity: 1, maximumOverCapacity: 0 };
const half = { minimumHealthCapacity: 0.5, maximumOverCapacity: 0 };
const none = { minimumHealthCapacity: 0, maximumOverCapacity: 0 };

const cases = [
  { name: "starts all of a new app", tasks: "", instances: 3, strategy: full, start: 3, kill: "" },
  {
    name: "does nothing while they start",
    tasks: "a? b? c?",
    instances: 3,
    strategy: full,
    start: 0,
    kill: "",
  },
  { name: "does nothing once there", tasks: "a b c", instances: 3, strategy: full, start: 0, kill: "" },
  { name: "starts what is missing", tasks: "a b!", instances: 3, strategy: full, start: 2, kill: "" },
  {
    name: "scaling up ignores the over capacity",
    tasks: "a",
    instances: 5,
    strategy: tight,
    start: 4,
    kill: "",
  },
  {
    name: "scales down by the youngest",
    tasks: "a b c",
    instances: 1,
    strategy: full,
    start: 0,
    kill: "c b",
  },
  {
    name: "takes what is not ready first",
    tasks: "a? b c",
    instances: 1,
    strategy: full,
    start: 0,
    kill: "a? c",
  },
  { name: "ends all of a deleted app", tasks: "a b?", instances: 0, strategy: full, start: 0, kill: "b? a" },
  {
    name: "replaces with all new ones at once",
    tasks: "-a -b",
    instances: 2,
    strategy: full,
    start: 2,
    kill: "",
  },
  {
    name: "keeps old ones until new are ready",
    tasks: "-a -b c? d?",
    instances: 2,
    strategy: full,
    start: 0,
    kill: "",
  },
  {
    name: "kills an old one per ready new one",
    tasks: "-a -b c d?",
    instances: 2,
    strategy: full,
    start: 0,
    kill: "-a",
  },
  { name: "ends the replacement", tasks: "-a! -b c d", instances: 2, strategy: full, start: 0, kill: "-b" },
  {
    name: "allows one more where nothing may go or come",
    tasks: "-a -b",
    instances: 2,
    strategy: tight,
    start: 1,
    kill: "",
  },
  { name: "then goes one by one", tasks: "-a -b c", instances: 2, strategy: tight, start: 1, kill: "-a" },
  {
    name: "kills down to the minimum first",
    tasks: "-a -b -c -d",
    instances: 4,
    strategy: half,
    start: 2,
    kill: "-a -b",
  },
  {
    name: "kills all at once without a minimum",
    tasks: "-a -b",
    instances: 2,
    strategy: none,
    start: 2,
    kill: "-a -b",
  },
  {
    name: "kills old ones that serve nobody",
    tasks: "-a -b?",
    instances: 2,
    strategy: full,
    start: 2,
    kill: "-b?",
  },
];

for (const { name, tasks, instances, strategy, start, kill } of cases) {
  Deno.test(`rollout: ${name}`, () => {
    const step = planRollout(tasksOf(tasks), instances, strategy);
    deepEqual({ start: step.start, kill: step.kill.map((task) => task.name).join(" ") }, { start, kill });
  });
}
