import assert from "node:assert/strict";
import { systemClock } from "../../../lib/shell/clock/systemClock.ts";
import { MasterSocket } from "../../../lib/shell/haproxy/MasterSocket.ts";
import { requestReload } from "../../../lib/shell/haproxy/requestReload.ts";
import { FakeMaster } from "./support/FakeMaster.ts";
import { limit } from "./support/TestBench.ts";

const showProc = (reloads: number, failed: number) =>
  `#<PID> <type> <reloads> <uptime> <version>\n17 master ${reloads} [failed: ${failed}] 0d00h00m01s 2.6.12\n`;

/** Asks a master that gives these answers, each once and the last for ever. */
async function reload(
  answers: Record<string, string[]>,
  { timeout = 60_000, signal = limit() } = {},
) {
  await using master = await FakeMaster.listen((command) => {
    const [next = "", ...rest] = answers[command] ?? [];
    if (rest.length > 0) answers[command] = rest;
    return next;
  });
  const socket = new MasterSocket(master.path, { clock: systemClock });
  const outcome = await requestReload({ socket, clock: systemClock, timeout, signal });
  return { outcome, commands: master.commands };
}

Deno.test("requestReload: 2.6, known from the counter, past empty answers", async () => {
  const { outcome, commands } = await reload({
    "show proc": [showProc(4, 1), "", "", showProc(4, 1), showProc(5, 0)],
    "reload": [""],
  });
  assert.deepEqual(outcome, { ok: true });
  assert.deepEqual(commands, ["show proc", "reload", ...Array(4).fill("show proc")]);
});

Deno.test("requestReload: 2.6, failed", async () => {
  const { outcome } = await reload({ "show proc": [showProc(4, 0), showProc(5, 1)], "reload": [""] });
  assert.deepEqual(outcome, { ok: false });
});

Deno.test("requestReload: 2.7, known from the answer", async () => {
  const { outcome, commands } = await reload({
    "show proc": [showProc(0, 0)],
    "reload": ["Success=1\n--\n"],
  });
  assert.deepEqual(outcome, { ok: true });
  assert.deepEqual(commands, ["show proc", "reload"]);
});

Deno.test("requestReload: 2.7, failed, with the reason", async () => {
  const log =
    "[NOTICE]   (1) : haproxy version is 2.8.0\n[ALERT]    (1) : config : parsing [a.cfg:3] : bad\n";
  const { outcome } = await reload({ "show proc": [showProc(0, 0)], "reload": [`Success=0\n--\n${log}`] });
  assert.deepEqual(outcome, { ok: false, reason: "a.cfg:3: bad" });
});

Deno.test("requestReload: 3.1, refused while another is under way", async () => {
  const { outcome, commands } = await reload({
    "show proc": [showProc(0, 0)],
    "reload": ["Success=0\n--\nAnother reload is still in progress.\n", "Success=1\n--\n"],
  });
  assert.deepEqual(outcome, { ok: true });
  assert.deepEqual(commands, ["show proc", "reload", "show proc", "reload"]);
});

Deno.test("requestReload: a master that never tells", async () => {
  const never = { "show proc": [showProc(0, 0)], "reload": [""] };
  await assert.rejects(reload(never, { timeout: 200 }), /did not say within 200 ms whether it has reloaded/);
});

Deno.test("requestReload: ends with its signal", async () => {
  const never = { "show proc": [""] };
  const signal = AbortSignal.any([AbortSignal.timeout(100), limit()]);
  await assert.rejects(reload(never, { signal }), { name: "TimeoutError" });
});
