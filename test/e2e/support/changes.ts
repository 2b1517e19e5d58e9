import assert from "node:assert/strict";
import type { Bench } from "./Bench.ts";
import { eventually } from "../../../tools/harness/eventually.ts";

/** How a marathon-lb has changed HAProxy so far, and what it asked Marathon for. */
export interface Changes {
  readonly reloads: number;
  /** By commands, those that went well. */
  readonly updates: number;
  readonly fallbacks: number;
  /** Fetches of all apps, and of only some. */
  readonly all: number;
  readonly some: number;
  readonly unannounced: number;
  /** The processes of HAProxy. */
  readonly pids: string;
}

/** Reads them from the admin port. */
export async function changes(bench: Bench): Promise<Changes> {
  const text = await bench.ask("/_mlb_metrics");
  const metric = (name: string) => {
    const line = text.split("\n").find((line) => line.startsWith(`marathon_lb_${name} `));
    assert.ok(line, `there is no metric ${name}`);
    return Number(line.split(" ").at(-1));
  };
  return {
    reloads: metric('reloads_total{result="ok"}') + metric('reloads_total{result="failed"}'),
    updates: metric('runtime_updates_total{kind="servers",result="ok"}'),
    fallbacks: metric("runtime_fallbacks_total"),
    all: metric('marathon_fetches_total{kind="all"}'),
    some: metric('marathon_fetches_total{kind="some"}'),
    unannounced: metric("unannounced_changes_total"),
    pids: await bench.ask("/_haproxy_getpids"),
  };
}

/** Something happens that HAProxy takes over by commands alone: the same worker serves on. */
export async function withoutReload(bench: Bench, action: () => Promise<void>): Promise<void> {
  const before = await eventually(async () => {
    const now = await changes(bench);
    assert.equal(now.pids.split(" ").length, 2, "no worker of an earlier reload is left");
    return now;
  });
  await action();
  // The answers may come before the count.
  const after = await eventually(async () => {
    const now = await changes(bench);
    assert.ok(now.updates > before.updates, "there was no change by commands");
    return now;
  });
  const { reloads, fallbacks, pids } = before;
  assert.deepEqual([after.reloads, after.fallbacks, after.pids], [reloads, fallbacks, pids], "a reload");
}

/** Something happens for which HAProxy is reloaded. @param fallbacks how often commands could not do it */
export async function withReload(
  bench: Bench,
  fallbacks: "some" | "none",
  action: () => Promise<void>,
): Promise<void> {
  const before = await changes(bench);
  await action();
  // The answers may come before the count.
  await eventually(async () => {
    const after = await changes(bench);
    assert.ok(after.reloads > before.reloads, "there was no reload");
    assert.equal(after.fallbacks > before.fallbacks, fallbacks === "some", "whether it fell back");
  });
}
