import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, utimes } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { withDirectory } from "../shell/system/withDirectory.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

Deno.test("the demo serves every request while apps scale, ends and leaves nothing behind", () =>
  withDirectory(async (directory) => {
    const { lines, exited } = startDemo(directory, "--seconds", "6");
    assert.equal(await exited, 0, lines.join("\n"));
    const text = lines.join("\n");
    assert.match(text, /runs \/web, \/shop\/front, \/shop\/cart, \/api, \/echo$/m);
    assert.match(text, /curl -H 'Host: web\.localhost' http:\/\/127\.0\.0\.1:\d+\/ /);
    assert.match(text, /curl -H 'X-Marathon-App-Id: \/api' http:\/\/127\.0\.0\.1:\d+\/ /);
    assert.match(text, /^\/web: scaling 2 -> 4$/m);
    assert.match(text, /^marathon-lb: Applied .*web_\d+ \(\+2 -0 servers\)/m);
    assert.match(text, /\/web (?:\w{4}:\d+ ?){4} \| /, "all four tasks answer");
    assert.match(lines.at(-1) ?? "", /^Stopped by --seconds 6: 6 s, \d{3,} requests, none failed$/);
    await assertNothingLeft(directory);
  }));

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`the demo stops by ${signal} and leaves nothing behind`, () =>
    withDirectory(async (directory) => {
      const { pid, lines, exited, line } = startDemo(directory);
      await line(/ requests, /);
      process.kill(pid, signal);
      assert.equal(await exited, 0, lines.join("\n"));
      assert.match(lines.at(-1) ?? "", new RegExp(`^Stopped by ${signal}: .* none failed$`));
      await assertNothingLeft(directory);
    }));
}

Deno.test("the demo stops when npx, which started it by a shell, is gone, and leaves nothing behind", () =>
  withDirectory(async (directory) => {
    // The second command keeps the shell from making way for the first.
    const command = ["sh", "-c", '"$0" task demo; true', process.execPath];
    const { pid, lines, exited, line } = start(directory, command, { npm_command: "exec" });
    await line(/ requests, /);
    process.kill(pid, "SIGTERM");
    await exited;
    assert.match(lines.at(-1) ?? "", /^Stopped by the end of npx: .* none failed$/);
    await assertNothingLeft(directory);
  }));

Deno.test("the demo stops before anything is served, and leaves nothing behind", () =>
  withDirectory(async (directory) => {
    const { pid, lines, exited, line } = startDemo(directory);
    await line(/simulated Marathon/);
    process.kill(pid, "SIGINT");
    assert.equal(await exited, 0, lines.join("\n"));
    assert.equal(lines.at(-1), "Stopped by SIGINT before anything was served");
    await assertNothingLeft(directory);
  }));

Deno.test("the demo says so when marathon-lb is killed, and leaves no HAProxy behind", () =>
  withDirectory(async (directory) => {
    const { lines, exited, line } = startDemo(directory);
    await line(/ requests, /);
    const [marathonLb] = (await processesNaming(directory)).filter(({ words }) => words.includes("sse"));
    assert.ok(marathonLb, "marathon-lb runs");
    process.kill(marathonLb.pid, "SIGKILL");
    assert.equal(await exited, 1, lines.join("\n"));
    assert.match(lines.at(-1) ?? "", /^demo: marathon-lb ended by itself, by SIGKILL/);
    await assertNothingLeft(directory);
  }));

Deno.test("deno task dev starts the demo again when a source changes, and leaves nothing behind", () =>
  withDirectory(async (directory) => {
    const { pid, lines, exited, line } = start(directory, [
      process.execPath,
      "run",
      "-A",
      "tools/dev/main.ts",
    ]);
    await line(/ requests, none failed \| /);
    const changed = line(/^Changed: tools\/demo\/main\.ts$/);
    // Its time alone: no source of the executable, so nothing is built while other tests run it.
    await utimes(join(root, "tools/demo/main.ts"), new Date(), new Date());
    await changed;
    await line(/ requests, none failed \| /);
    process.kill(pid, "SIGINT");
    assert.equal(await exited, 0, lines.join("\n"));
    const text = lines.join("\n");
    assert.equal(text.match(/^The simulated Marathon at .* runs /gm)?.length, 2, text);
    assert.equal(text.match(/^Stopped by SIGTERM: .* none failed$/gm)?.length, 2, text);
    await assertNothingLeft(directory);
  }));

function startDemo(directory: string, ...words: string[]) {
  return start(directory, [process.execPath, "run", "-A", "tools/demo/main.ts", ...words]);
}

/** Starts a command in the repository, with its temporary files under `directory`. */
function start(directory: string, [program, ...words]: string[], environment: Record<string, string> = {}) {
  const child = spawn(program as string, words, {
    cwd: root,
    env: { ...process.env, ...environment, TMPDIR: directory, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // ChildProcess.kill would have Deno report the signal in place of the exit code.
  const pid = child.pid as number;
  const lines: string[] = [];
  const waiting = new Map<RegExp, () => void>();
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (text) => {
      lines.push(text);
      for (const [pattern, resolve] of waiting) if (pattern.test(text)) resolve();
    });
  }
  const exited = once(child, "close").then(([code]) => code);
  /** Resolves with the first line that is like `pattern`; rejects when the demo ends without. */
  const line = (pattern: RegExp) =>
    Promise.race([
      new Promise<void>((resolve) => waiting.set(pattern, resolve)),
      exited.then(() => Promise.reject(new Error(`No line is like ${pattern}:\n${lines.join("\n")}`))),
    ]);
  return { pid, lines, exited, line };
}

async function assertNothingLeft(directory: string): Promise<void> {
  assert.deepEqual(await processesNaming(directory), []);
  assert.deepEqual(await readdir(directory), []);
}

/** The processes whose command line names the directory. */
async function processesNaming(directory: string): Promise<{ pid: number; words: string[] }[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const processes = await Promise.all(pids.map(async (pid) => {
    // A process that ends meanwhile is none any more.
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    return { pid, words: commandLine.split("\0") };
  }));
  return processes.filter(({ words }) => words.some((word) => word.includes(directory)));
}
