import assert from "node:assert/strict";
import type { Bench } from "../../support/Bench.ts";
import { eventually } from "../../../../tools/harness/eventually.ts";
import { webApp } from "../../support/webApp.ts";

/** An app that comes while something is broken: a change that no runtime command makes, HAProxy has to be reloaded for it. */
export function late() {
  return webApp("/late", { labels: { HAPROXY_0_VHOST: "late.test" } });
}

/** Resolves when it is served. */
export async function untilLate(bench: Bench): Promise<void> {
  await eventually(async () => assert.equal((await bench.get("late.test")).status, 200));
}
