import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import type { MarathonLb } from "../../tools/harness/MarathonLb.ts";
import { find } from "./support/OwnMount.ts";
import { type Program, programs } from "./support/programs.ts";

/** Signal numbers of Linux. */
const numbers = { SIGHUP: 1, SIGUSR1: 10 } as const;

/** Whether a process has a handler of its own for a signal (proc(5), `SigCgt`). */
function catches(pid: number, signal: keyof typeof numbers): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return (BigInt(`0x${mask}`) >> BigInt(numbers[signal] - 1) & 1n) === 1n;
}

/**
 * Resolves when the first line of the program has run. Node.js listens for USR1 itself before it, and has HUP when the title
 * hides a secret at the latest; what listens for USR1 in Deno is the last that the first line does.
 */
async function untilFirstLine(lb: MarathonLb, program: Program): Promise<void> {
  // It has no words at all for a moment while the kernel starts it.
  const isThere = program === executable
    ? () => readFileSync(`/proc/${lb.pid}/cmdline`, "utf8").startsWith("marathon-lb ")
    : () => catches(lb.pid, "SIGUSR1");
  while (lb.running && !isThere()) await setTimeout(0);
}

/** Sends the signals over and over until HAProxy serves. Resolves to how often. */
async function storm(
  pid: number,
  lb: MarathonLb,
  signals: readonly (keyof typeof numbers)[],
): Promise<number> {
  let sent = 0;
  while (lb.running && lb.count(/HAProxy serves/) === 0) {
    for (const signal of signals) process.kill(pid, signal);
    sent++;
    await setTimeout(1);
  }
  return sent;
}

const secret = "hunter2";
const executable = programs.find(({ name }) => name === "executable")!;

endToEnd(
  "HUP and USR1 are harmless from the first line of the program on",
  async (bench) => {
    await bench.startMarathon();
    for (let round = 0; round < 2; round++) {
      const lb = bench.start({ flags: ["--auth-credentials", `user:${secret}`] });
      await untilFirstLine(lb, bench.program);
      assert.ok(catches(lb.pid, "SIGHUP"), "the first line has not listened");
      const sent = await storm(lb.pid, lb, ["SIGHUP", "SIGUSR1"]);
      assert.ok(lb.running, `it ended after ${sent} signals`);
      assert.ok(sent > 5);
      await bench.stop(lb);
    }
  },
);

// In Deno a signal ends the process while the runtime begins to listen, whatever its process id.
Deno.test("executable: as PID 1, as in a container, HUP and USR1 are harmless from the first millisecond on", () =>
  Bench.use(executable, async (bench) => {
    await bench.startMarathon();
    const namespaces = process.geteuid?.() === 0 ? [] : ["--map-root-user"];
    bench.launcher = [find("unshare"), ...namespaces, "--pid", "--mount-proc", "--fork", "--kill-child"];
    for (let round = 0; round < 2; round++) {
      const lb = bench.start();
      const children = `/proc/${lb.pid}/task/${lb.pid}/children`;
      let pid = 0;
      while (lb.running && pid === 0) {
        pid = Number(readFileSync(children, "utf8").trim());
        await setTimeout(0);
      }
      const sent = await storm(pid, lb, ["SIGHUP", "SIGUSR1"]);
      assert.ok(lb.running, `it ended after ${sent} signals`);
      process.kill(pid, "SIGTERM");
      assert.deepEqual(await lb.exited, { code: 0, signal: null });
      bench.assertNothingRuns();
    }
  }));

endToEnd("a run without supervision is ended by HUP, as every program is", async (bench) => {
  let asked = 0;
  const silent = createServer(() => asked++).listen(bench.ports.marathon, "127.0.0.1");
  try {
    const lb = bench.spawn([...bench.flags, "--dry"]);
    await eventually(() => assert.ok(asked > 0));
    process.kill(lb.pid, "SIGHUP");
    assert.deepEqual(await lb.exited, { code: null, signal: "SIGHUP" });
  } finally {
    silent.close();
  }
});
