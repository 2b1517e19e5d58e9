import assert from "node:assert/strict";
import { readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { requestReload, saveServerState, waitUntilReady } from "../../../lib/shell/haproxy/reload.ts";
import { MasterSocket } from "../../../lib/shell/haproxy/socket.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
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

Deno.test("requestReload: a master that never reports the result", async () => {
  const never = { "show proc": [showProc(0, 0)], "reload": [""] };
  await assert.rejects(
    reload(never, { timeout: 200 }),
    /did not report the result of the reload within 200 ms/,
  );
});

Deno.test("requestReload: ends with its signal", async () => {
  const never = { "show proc": [""] };
  const signal = AbortSignal.any([AbortSignal.timeout(100), limit()]);
  await assert.rejects(reload(never, { signal }), { name: "TimeoutError" });
});

Deno.test("waitUntilReady: 3.1, a worker that gives no answer to what was asked too early is asked again soon", async () => {
  let asked = 0;
  await using master = await FakeMaster.listen(() => ++asked < 3 ? undefined : "Name: HAProxy\nPid: 18\n");
  const socket = new MasterSocket(master.path, { clock: systemClock });
  const began = performance.now();
  await waitUntilReady(socket, systemClock, limit());
  assert.deepEqual(master.commands, Array(3).fill("@1 show info"));
  assert.ok(performance.now() - began < 8_000, "it waited for an answer that never comes");
});

const master =
  "#<PID> <type> <reloads> <uptime> <version>\n17 master 0 [failed: 0] 0d00h00m01s 2.6.12\n# workers\n";
const worker = "18 worker 0 0d00h00m01s 2.6.12\n";
const state = "1\n# be_id be_name srv_id\n3 b 1 s1\n";

/** What is in the directory after a save over a stale file, and with what it was rejected. */
async function save(answers: Record<string, string>, resting?: ReadonlySet<string>) {
  await using fake = await FakeMaster.listen((command) => answers[command] ?? "");
  const file = join(fake.directory, "state");
  await writeFile(file, "stale");
  const socket = new MasterSocket(fake.path, { clock: systemClock });
  const problem = await saveServerState(socket, file, limit(), resting)
    .then(() => undefined, (error: Error) => error.message);
  const names = (await readdir(fake.directory)).filter((name) => name.startsWith("state"));
  return { problem, names, text: names.includes("state") ? await readFile(file, "utf8") : undefined };
}

Deno.test("saveServerState: what the worker answers", async () => {
  const saved = await save({ "show proc": master + worker, "@!18 show servers state": `${state}\n` });
  assert.deepEqual(saved, { problem: undefined, names: ["state"], text: state });
});

Deno.test("saveServerState: a symbolic link at its temporary file is not followed", async () => {
  const answers: Record<string, string> = {
    "show proc": master + worker,
    "@!18 show servers state": `${state}\n`,
  };
  await using fake = await FakeMaster.listen((command) => answers[command] ?? "");
  const victim = join(fake.directory, "victim");
  await writeFile(victim, "not ours");
  await symlink(victim, join(fake.directory, "state.tmp"));
  const socket = new MasterSocket(fake.path, { clock: systemClock });
  await saveServerState(socket, join(fake.directory, "state"), limit());
  assert.equal(await readFile(victim, "utf8"), "not ours");
  assert.equal(await readFile(join(fake.directory, "state"), "utf8"), state);
});

Deno.test("saveServerState: nothing of servers that rest", async () => {
  const answers = {
    "show proc": master + worker,
    "@!18 show servers state": "1\n# be_id be_name srv_id srv_name\n3 b 1 s1\n3 b 2 s2\n\n",
  };
  const { text } = await save(answers, new Set(["b/s1"]));
  assert.equal(text, "1\n# be_id be_name srv_id srv_name\n3 b 2 s2\n");
});

const failures: [name: string, answers: Record<string, string>, problem: RegExp][] = [
  ["a master that answers nothing", {}, /lists no worker/],
  ["no worker", { "show proc": master }, /lists no worker/],
  [
    "a worker that does not answer",
    { "show proc": master + worker },
    /worker 18 answered no server state but ""/,
  ],
  [
    "a worker that answers something else",
    { "show proc": master + worker, "@!18 show servers state": "Permission denied\n" },
    /no server state but "Permission denied"/,
  ],
];

for (const [name, answers, expected] of failures) {
  Deno.test(`saveServerState: removes the stale file: ${name}`, async () => {
    const { problem, names } = await save(answers);
    assert.match(problem ?? "", expected);
    assert.deepEqual(names, []);
  });
}
