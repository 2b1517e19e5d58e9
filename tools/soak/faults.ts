import process from "node:process";
import { systemClock } from "../../lib/shell/system/clock.ts";
import type { Fault } from "../simulated-marathon/faults/Fault.ts";
import type { Act, Stage } from "./Act.ts";

/** Requests in a row that fail. Their pauses together stay below the time that tasks still serve after their end. */
const inARow = 2;
/** The question for all apps, and those for one. */
const apps = "/v2/apps*";
/** A question that is under way, or a pause before the next one, may keep marathon-lb from asking at once. */
const maxLooks = 40;
const betweenLooks = 50;

/** What goes wrong around marathon-lb. None of it may cost a request. */
export const faults: readonly Act[] = [
  { name: "nothing", weight: 6, run: () => Promise.resolve() },
  answers("5xx", { status: 503 }),
  answers("truncated answer", { truncate: true }),
  answers("malformed answer", { malformed: true }),
  answers("dropped answer", { drop: true }),
  answers("slow answer", { delayMs: 1_500 }),
  // Two in a row would agree that all is gone.
  answers("empty answer", { empty: true, times: 1 }),
  {
    name: "hanging Marathon",
    weight: 1,
    run: async ({ world: { marathon, marathonLb } }) => {
      const fault = marathon.faults.add({ path: apps, hang: true });
      process.kill(marathonLb.pid, "SIGHUP");
      await systemClock.sleep(1_500);
      marathon.faults.remove(fault);
      // Left alone, a question is given up after 46 s only, and apps that are redeployed meanwhile lose requests. Here
      // whoever finds it hanging starts it again, and either of the nodes may be the one that is asked.
      for (const node of marathon.urls.keys()) {
        await marathon.stopNode(node);
        await marathon.startNode(node);
      }
    },
  },
  {
    name: "stream ends",
    weight: 2,
    run: ({ world }) => Promise.resolve(world.marathon.streams.close()),
  },
  {
    name: "stream goes silent",
    weight: 1,
    run: ({ world }) => Promise.resolve(world.marathon.streams.silence()),
  },
  {
    name: "burst of events",
    weight: 2,
    run: ({ world, random }) => {
      const timestamp = new Date().toISOString();
      const event = {
        eventType: "status_update_event",
        timestamp,
        taskStatus: "TASK_RUNNING",
        appId: "/away",
      };
      world.marathon.emit(...Array.from({ length: random.between(50, 500) }, () => event));
      return Promise.resolve();
    },
  },
  {
    name: "no event at all",
    weight: 1,
    run: ({ world }) => Promise.resolve(world.marathon.streams.write("data: {half of\n\n")),
  },
  {
    name: "change of leader",
    weight: 2,
    run: ({ world }) => Promise.resolve(world.marathon.abdicate()),
  },
  signal("SIGHUP", 2),
  signal("SIGUSR1", 2),
  { name: "certificate replaced", weight: 2, run: ({ world }) => world.replaceCertificate() },
];

function answers(name: string, fault: Fault): Act {
  const run = async ({ world: { marathon, marathonLb }, signal }: Stage) => {
    const id = marathon.faults.add({ path: apps, times: inARow, ...fault });
    process.kill(marathonLb.pid, "SIGHUP");
    const isMet = () => marathon.faults.all.some((one) => one.id === id && one.applied > 0);
    for (let looks = 0; looks < maxLooks && !isMet(); looks++) await systemClock.sleep(betweenLooks, signal);
  };
  return { name, weight: 1, run };
}

function signal(name: "SIGHUP" | "SIGUSR1", weight: number): Act {
  return {
    name,
    weight,
    run: ({ world }) => {
      process.kill(world.marathonLb.pid, name);
      return Promise.resolve();
    },
  };
}
