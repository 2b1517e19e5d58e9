import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../../lib/shell/clock/systemClock.ts";
import { MasterSocket } from "../../../lib/shell/haproxy/MasterSocket.ts";
import { saveServerState } from "../../../lib/shell/haproxy/saveServerState.ts";
import { FakeMaster } from "./support/FakeMaster.ts";
import { limit } from "./support/TestBench.ts";

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

Deno.test("saveServerState: nothing of servers that rest", async () => {
  const answers = {
    "show proc": master + worker,
    "@!18 show servers state": "1\n# be_id be_name srv_id srv_name\n3 b 1 s1\n3 b 2 s2\n\n",
  };
  const { text } = await save(answers, new Set(["b/s1"]));
  assert.equal(text, "1\n# be_id be_name srv_id srv_name\n3 b 2 s2\n");
});

const failures: [name: string, answers: Record<string, string>, problem: RegExp][] = [
  ["a master that answers nothing", {}, /knows of no worker/],
  ["no worker", { "show proc": master }, /knows of no worker/],
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
