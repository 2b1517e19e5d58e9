import assert from "node:assert/strict";
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { runReloadCommand, splitWords } from "../../lib/run/direct.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { withDirectory } from "../shell/system/withDirectory.ts";
import { FakeClock } from "../support/FakeClock.ts";
import { RecordingLogger } from "../support/RecordingLogger.ts";

const table: [commandLine: string, words: string[]][] = [
  ["", []],
  ["  \t\n", []],
  ["true", ["true"]],
  ["  systemctl   reload\thaproxy ", ["systemctl", "reload", "haproxy"]],
  ["sh -c 'kill -USR2 $(cat \"pid file\")'", ["sh", "-c", 'kill -USR2 $(cat "pid file")']],
  ['echo "a b" \'c "d"\' "it\'s"', ["echo", "a b", 'c "d"', "it's"]],
  ['pre"fix"ed \'a\'"b"c', ["prefixed", "abc"]],
  ["\"\" ''", ["", ""]],
  ["a\\ b \\\"c\\'", ["a b", "\"c'"]],
  ['"a \\"b\\" \\$c \\` \\\\ \\n"', ['a "b" $c ` \\ \\n']],
  ["'a\\b'", ["a\\b"]],
  ["a && b; c | $HOME *", ["a", "&&", "b;", "c", "|", "$HOME", "*"]],
];
for (const [commandLine, words] of table) {
  Deno.test(`splitWords: ${JSON.stringify(commandLine)}`, () => {
    assert.deepEqual(splitWords(commandLine), words);
  });
}

for (const commandLine of ['echo "a', "echo 'a", 'a "b\\"', "a\\"]) {
  Deno.test(`splitWords: ${JSON.stringify(commandLine)} is not closed`, () => {
    assert.throws(() => splitWords(commandLine), {
      name: "SyntaxError",
      message: `${JSON.stringify(commandLine)} has an open quote; close it, or escape it with a backslash`,
    });
  });
}

const limit = () => AbortSignal.timeout(20_000);

/** The options of a command that is tried again after ten seconds. */
function retrying(maxRetries: number) {
  return {
    maxRetries,
    interval: 10_000,
    env: process.env,
    clock: new FakeClock(),
    logger: new RecordingLogger(),
  };
}

/** Lets every pause pass as it comes until the command is through. */
async function runThrough(
  command: readonly string[],
  options: ReturnType<typeof retrying>,
): ReturnType<typeof runReloadCommand> {
  let done = false;
  const running = runReloadCommand(command, options, limit()).finally(() => done = true);
  while (true) {
    await eventually(() => done || options.clock.sleeping > 0);
    if (done) return await running;
    await options.clock.advance(10_000);
  }
}

/** A command that notes each of its runs in `file` and ends well from the run with this number on. */
function succeedsAt(run: number, file: string): string[] {
  return ["sh", "-c", `echo run >>"$0"; test "$(wc -l <"$0")" -ge ${run}`, file];
}

async function runsOf(file: string): Promise<number> {
  return (await readFile(file, "utf8")).split("\n").length - 1;
}

function test(name: string, run: (file: string, directory: string) => Promise<void>): void {
  Deno.test(`runReloadCommand: ${name}`, () =>
    withDirectory((directory) => run(join(directory, "runs"), directory)));
}

test("a command that ends well is run once", async (file) => {
  const options = retrying(10);
  assert.deepEqual(await runThrough(succeedsAt(1, file), options), { ok: true });
  assert.deepEqual([await runsOf(file), options.clock.slept, options.logger.lines], [1, [], []]);
});

test("no retries with 0", async (file) => {
  const options = retrying(0);
  const result = await runThrough(succeedsAt(2, file), options);
  assert.ok(!result.ok);
  assert.match(result.reason, /^the reload command "sh -c .*" ended with code 1$/);
  assert.deepEqual([await runsOf(file), options.clock.slept], [1, []]);
});

test("as many retries as allowed, with a pause before each", async (file) => {
  const options = retrying(3);
  const result = await runThrough(succeedsAt(5, file), options);
  assert.ok(!result.ok);
  assert.deepEqual([await runsOf(file), options.clock.slept], [4, [10_000, 10_000, 10_000]]);
  assert.equal(options.logger.lines.length, 3);
  assert.match(options.logger.lines[0]!, /^warning marathon_lb: the reload .* code 1; retrying in 10 s$/);
});

test("the last retry may succeed", async (file) => {
  assert.deepEqual(await runThrough(succeedsAt(4, file), retrying(3)), { ok: true });
  assert.equal(await runsOf(file), 4);
});

test("no end of retries with -1", async (file) => {
  assert.deepEqual(await runThrough(succeedsAt(13, file), retrying(-1)), { ok: true });
  assert.equal(await runsOf(file), 13);
});

test("a command that is not there, or is no program", async (_file, directory) => {
  await writeFile(join(directory, "text"), "no program");
  for (const program of [join(directory, "none"), join(directory, "text"), directory]) {
    const result = await runThrough([program, "reload"], retrying(0));
    assert.ok(!result.ok);
    assert.ok(
      result.reason.startsWith(`the reload command "${program} reload" cannot be run: `),
      result.reason,
    );
    assert.ok(!result.reason.includes("\n"));
  }
});

test("a command that is killed", async () => {
  const result = await runThrough(["sh", "-c", "kill -KILL $$"], retrying(0));
  assert.deepEqual(result, {
    ok: false,
    reason: 'the reload command "sh -c kill -KILL $$" ended with SIGKILL',
  });
});

test("words reach the program as they are, without a shell", async (file) => {
  const words = ["$HOME", "a b", "*", "; exit 1"];
  const script = 'file=$0; printf "%s\\n" "$@" >"$file"';
  assert.deepEqual(await runThrough(["sh", "-c", script, file, ...words], retrying(0)), { ok: true });
  assert.equal(await readFile(file, "utf8"), `${words.join("\n")}\n`);
});

test("a stop ends the command", async (file) => {
  const stop = new AbortController();
  const running = runReloadCommand(
    ["sh", "-c", 'echo $$ >"$0"; exec sleep 600', file],
    retrying(10),
    stop.signal,
  );
  await eventually(async () => await readFile(file, "utf8").catch(() => "") !== "");
  stop.abort(new Error("stopped"));
  await assert.rejects(running, { message: "stopped" });
  const pid = Number(await readFile(file, "utf8"));
  await eventually(() => !isRunning(pid));
});

test("a stop ends the pause", async (file) => {
  const stop = new AbortController();
  const options = retrying(10);
  const running = runReloadCommand(succeedsAt(2, file), options, stop.signal);
  await eventually(() => options.clock.sleeping > 0);
  stop.abort(new Error("stopped"));
  await assert.rejects(running, { message: "stopped" });
  assert.equal(await runsOf(file), 1);
});

test("a stop before the start", async (file) => {
  const signal = AbortSignal.abort(new Error("stopped"));
  await assert.rejects(runReloadCommand(succeedsAt(1, file), retrying(10), signal), { message: "stopped" });
  await assert.rejects(access(file), "it ran all the same");
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
