import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { FakeTerminal } from "../support/FakeTerminal.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { built } from "./support/programs.ts";

const size = { columns: 100, rows: 30 };
const app = {
  id: "/web",
  labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "web.test" },
  portDefinitions: [{ port: 10_000 }],
  tasks: [{ id: "web.1", state: "TASK_RUNNING", host: "10.0.0.1", ports: [31_000] }],
};

/** Runs the executable in a terminal of its own (util-linux), while Marathon keeps back the end of its answer. */
async function onTerminal(
  words: readonly string[],
  environment: Record<string, string>,
  meanwhile: (terminal: FakeTerminal) => Promise<void> | void,
): Promise<{ terminal: FakeTerminal; text: string; code: number }> {
  const waiting: ServerResponse[] = [];
  const marathon = createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    response.write(`{"apps":[${JSON.stringify(app)},`);
    waiting.push(response);
  }).listen(0, "127.0.0.1");
  await once(marathon, "listening");
  const url = `http://127.0.0.1:${(marathon.address() as AddressInfo).port}`;
  const line = [built("marathon-lb"), ...words, "--marathon", url, "--group", "external"].join(" ");
  const begin = `stty cols ${size.columns} rows ${size.rows}`;
  const child = spawn("script", ["-qec", `${begin}; exec ${line}`, "/dev/null"], {
    env: { PATH: process.env.PATH, TERM: "xterm", MARATHON_LB_SYSLOG_SOCKET: "/dev/null", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const terminal = new FakeTerminal(size);
  child.stdout.setEncoding("utf8").on("data", (text: string) => terminal.write(text));
  try {
    await eventually(() => assert.equal(waiting.length, 1));
    await meanwhile(terminal);
    waiting[0]!.end(JSON.stringify({ id: "/other" }) + "]}");
    const [code] = await once(child, "close");
    return { terminal, text: terminal.written.join(""), code };
  } finally {
    child.kill("SIGKILL");
    marathon.closeAllConnections();
    marathon.close();
  }
}

const reading = /^Reading Marathon's answer: 1 app, 0\.0 MB \(\d+\.\d s\)$/;

Deno.test("explain on a terminal says what it reads, and leaves its answer only", async () => {
  const { terminal, text, code } = await onTerminal(
    ["explain", "/web"],
    {},
    (terminal) => eventually(() => assert.match(terminal.lines.join("\n"), reading)),
  );
  assert.equal(code, 0);
  assert.equal(terminal.lines[0], "/web: served");
  assert.ok(!terminal.lines.join("\n").includes("Reading"));
  assert.ok(text.includes("\u001b[32mserved\u001b[0m"));
});

Deno.test("explain on a terminal that only prints has neither colours nor what it reads", async () => {
  const { text, code } = await onTerminal(["explain", "/web"], { TERM: "dumb" }, () => {});
  assert.equal(code, 0);
  assert.match(text, /^\/web: served\r\n/);
  assert.ok(!text.includes("\u001b"), text);
});
