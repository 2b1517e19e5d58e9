import process from "node:process";
import { systemClock } from "../../lib/shell/system/clock.ts";
import { fetchText } from "../demo/marathonLb.ts";
import type { Act } from "./Act.ts";

/** Kills HAProxy's master or its newest worker, and waits until another HAProxy answers; requests meanwhile may fail. */
export const killHaproxy: Act = {
  name: "HAProxy killed",
  weight: 1,
  run: async ({ world, random, traffic, signal }) => {
    const pids = async () => (await fetchText(`${world.admin}/_haproxy_getpids`))?.match(/\d+/g)?.map(Number);
    const before = await pids() ?? [];
    const [master, worker] = [before[0], before.at(-1)];
    if (master === undefined || worker === undefined) return;
    traffic.haproxyDies();
    process.kill(random.pick([master, worker]), "SIGKILL");
    // A master that is killed takes some moments to take its worker along.
    let now: number[] | undefined;
    do {
      await systemClock.sleep(100, signal);
      now = await pids();
    } while (!now || now[0] === master || now.includes(worker));
    traffic.haproxyIsBack();
  },
};
