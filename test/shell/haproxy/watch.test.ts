import assert from "node:assert/strict";
import { once } from "node:events";
import { rename, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { parseHaproxyVersion } from "../../../lib/core/haproxy/versions.ts";
import type { AlarmReport } from "../../../lib/core/status/state.ts";
import { findHaproxy } from "../../../lib/shell/haproxy/binary.ts";
import { describeHolders, type Listener, readListeners } from "../../../lib/shell/haproxy/ports.ts";
import { watchExecutable, watchPorts } from "../../../lib/shell/haproxy/watch.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { withDirectory } from "../system/withDirectory.ts";

Deno.test("watchExecutable: a HAProxy that is replaced by another version is an alarm until it is back", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "haproxy");
    const install = async (version: string) => {
      const text = `#!/bin/sh\necho 'HAProxy version ${version} 2026/01/01 - https://haproxy.org/'\n`;
      await writeFile(`${path}~`, text, { mode: 0o755 });
      await rename(`${path}~`, path);
    };
    await install("2.6.12");
    const logger = new RecordingLogger();
    const stop = new AbortController();
    const told: string[][] = [];
    // What happens before each look.
    const steps = [() => install("2.6.12"), () => install("2.8.1"), () => rm(path), () => install("2.6.12")];
    const sleep = async () => {
      const step = steps.shift();
      if (step) await step();
      else stop.abort();
    };
    await watchExecutable({
      path,
      version: parseHaproxyVersion("HAProxy version 2.6.12 2026/01/01 - https://haproxy.org/")!,
      ask: async (signal) => (await findHaproxy(path, { env: {}, signal })).version,
      clock: { now: () => 0, monotonic: () => 0, sleep },
      logger,
      alarm: (reports: readonly AlarmReport[]) => void told.push(reports.map(({ message }) => message)),
    }, stop.signal);
    const [same, other, gone, back] = told;
    assert.deepEqual([same, back], [[], []]);
    assert.match(
      other![0]!,
      /was replaced: it was 2\.6\.12 at the start and is 2\.8\.1 now; restart marathon-lb/,
    );
    assert.match(gone![0]!, /was replaced: .*haproxy does not exist/);
    assert.equal(logger.lines.filter((line) => line.startsWith("error")).length, 2);
  }));

async function listen(host: string) {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const listener = (await readListeners()).find((one) => one.port === port);
  return { server, port, listener };
}

Deno.test("readListeners: what listens, at addresses of both versions, and which process has it", async () => {
  for (const host of ["127.0.0.1", "0.0.0.0", "::1", "::"]) {
    const { server, listener } = await listen(host);
    assert.equal(listener?.host, host);
    const { inode } = listener;
    assert.deepEqual(
      [...await describeHolders(new Set([inode, "1"]))],
      [[inode, `process ${process.pid} (deno)`]],
    );
    server.close();
    await once(server, "close");
    // The kernel can list a closed socket for a moment.
    await eventually(async () => !(await readListeners()).some((one) => one.inode === inode));
  }
});

Deno.test("readListeners: all of a table of several pages", async () => {
  const opened = await Promise.all(Array.from({ length: 120 }, () => listen("127.0.0.1")));
  const found = new Set((await readListeners()).map(({ port }) => port));
  assert.deepEqual(opened.filter(({ port }) => !found.has(port)), []);
  for (const { server } of opened) server.close();
});

/** The alarms of each look, where this process plays HAProxy and these sockets are there besides. */
async function looks(strangers: readonly (readonly Listener[])[], pids = [process.pid]) {
  const logger = new RecordingLogger();
  const stop = new AbortController();
  const told: (readonly AlarmReport[])[] = [];
  const [own, all] = [await listen("127.0.0.1"), await listen("0.0.0.0")];
  const at = (listener: Listener): Listener => ({
    ...listener,
    port: listener.port === 1 ? own.port : listener.port === 2 ? all.port : listener.port,
  });
  let look = 0;
  await watchPorts({
    pids: () => pids,
    clock: { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() },
    logger,
    alarm(shared) {
      told.push(shared);
      if (++look === strangers.length) stop.abort();
    },
    listeners: () => Promise.resolve([own.listener!, all.listener!, ...strangers[look]!.map(at)]),
  }, stop.signal);
  for (const { server } of [own, all]) {
    server.close();
    await once(server, "close");
  }
  const name = (text: string) => text.replaceAll(`${own.port}`, "OWN").replaceAll(`${all.port}`, "ALL");
  return {
    told: told.map((shared) => shared.map(({ subject }) => name(subject))),
    lines: logger.lines.map(name),
  };
}

/** Port 1 is one that HAProxy has at 127.0.0.1, port 2 one that it has at all addresses. */
const stranger = (host: string, port: number, inode = "none"): Listener => ({ host, port, inode });

Deno.test("watchPorts: a stranger at a port of HAProxy is an alarm from the second look on, until it is gone", async () => {
  const joined = [stranger("127.0.0.1", 1), stranger("10.0.0.1", 2, "other")];
  const { told, lines } = await looks([joined, joined, joined, []]);
  const both = ["OWN of 127.0.0.1", "ALL of 10.0.0.1"];
  assert.deepEqual(told, [[], both, both, []]);
  const message = (where: string) =>
    `error marathon_lb: Port ${where} is shared: another process that is not visible here ` +
    "(of another user or container) listens on it and gets a part of the connections; stop that process, or move " +
    "it to another port";
  assert.deepEqual(lines, [
    ...both.map(message),
    ...both.map((where) => `info marathon_lb: Port ${where} is no longer shared`),
  ]);
});

Deno.test("watchPorts: what takes no connection of HAProxy's is no alarm", async () => {
  const harmless = [
    stranger("127.0.0.2", 1),
    stranger("0.0.0.0", 1, "behind the specific address"),
    stranger("::", 2, "of version 6"),
    stranger("0.0.0.0", 3),
  ];
  assert.deepEqual((await looks([harmless, harmless])).told, [[], []]);
});

Deno.test("watchPorts: where HAProxy's sockets cannot be seen, nothing is called a stranger", async () => {
  const joined = [stranger("127.0.0.1", 1)];
  for (const pids of [[], [2 ** 22 + 1]]) {
    assert.deepEqual((await looks([joined, joined], pids)).told, [[], []]);
  }
});
