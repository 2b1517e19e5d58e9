import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withDirectory } from "../system/withDirectory.ts";

function script(name: string): string {
  return fileURLToPath(new URL(`support/${name}.ts`, import.meta.url));
}

/** Gives a datagram socket, and the lines that were sent to it, to a test. */
function withDatagramServer(
  use: (path: string, next: () => Promise<string>) => Promise<void>,
): Promise<void> {
  return withDirectory(async (directory) => {
    const path = join(directory, "log");
    const words = [
      "run",
      "-A",
      "--frozen",
      "--cached-only",
      "--unstable-net",
      script("datagramServer"),
      path,
    ];
    const child = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
    const ended = once(child, "exit");
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => (await lines.next()).value as string;
    try {
      assert.equal(await next(), "listening");
      await use(path, next);
    } finally {
      child.stdin.end();
      await ended;
    }
  });
}

async function sendLines(flags: string[], ...words: string[]): Promise<string[]> {
  const { stderr } = await promisify(execFile)(
    process.execPath,
    ["run", "-A", "--frozen", "--cached-only", ...flags, script("sendLines"), ...words],
  );
  return stderr.split("\n").filter(Boolean);
}

Deno.test("a Unix datagram socket gets the lines where the runtime can send to one", () =>
  withDatagramServer(async (path, next) => {
    assert.deepEqual(await sendLines(["--unstable-net"], path, "one", "two"), ["one", "two"]);
    for (const text of ["one", "two"]) {
      assert.match(
        await next(),
        new RegExp(`^<14>[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d marathon_lb\\[\\d+\\]: ${text}$`),
      );
    }
  }));

Deno.test("where it cannot a warning says what to do, and standard error has the lines", () =>
  withDatagramServer(async (path) => {
    const lines = await sendLines([], path, "one", "two");
    assert.deepEqual(lines.slice(0, 2), ["one", "two"]);
    assert.equal(lines.length, 3);
    assert.match(
      lines[2]!,
      /^Syslog at .*\/log gets no lines: it is a datagram socket, which Deno \S+ cannot send to\. /,
    );
    assert.match(
      lines[2]!,
      / give --syslog-socket udp:\/\/127\.0\.0\.1:514, or run the bundle with deno run -A --unstable-net$/,
    );
  }));
