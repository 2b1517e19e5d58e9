import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";
import { createLogger, type Logger } from "../../../lib/shell/log/logger.ts";
import { type LogLevel, logLevels } from "../../../lib/core/log/format.ts";
import { FakeClock } from "../../support/FakeClock.ts";

function recordingLogger(format: string, level: LogLevel): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  return { log: createLogger({ format, level, write, clock: new FakeClock(), processId: 42 }), lines };
}

function logAll(log: Logger): void {
  log.debug("d");
  log.info("i");
  log.warning("w");
  log.error("e");
}

const written: Record<LogLevel, string[]> = {
  debug: ["DEBUG d", "INFO i", "WARNING w", "ERROR e"],
  info: ["INFO i", "WARNING w", "ERROR e"],
  warning: ["WARNING w", "ERROR e"],
  error: ["ERROR e"],
  critical: [],
};

for (const level of logLevels) {
  Deno.test(`lines written from ${level} on`, () => {
    const { log, lines } = recordingLogger("%(levelname)s %(message)s", level);
    logAll(log);
    assert.deepEqual(lines, written[level]);
  });
}

Deno.test("a named logger changes the name and nothing else", () => {
  const { log, lines } = recordingLogger("%(process)d %(name)s: %(message)s", "info");
  log.info("one");
  log.named("haproxy").info("two");
  log.named("haproxy").debug("dropped");
  log.info("three");
  assert.deepEqual(lines, ["42 marathon_lb: one", "42 haproxy: two", "42 marathon_lb: three"]);
});

Deno.test("lines carry the clock's time", async () => {
  const lines: string[] = [];
  const clock = new FakeClock(Date.UTC(2024, 0, 31, 12));
  const log = createLogger({ format: "json", level: "info", clock, write: (line) => lines.push(line) });
  await clock.advance(1500);
  log.info("now");
  assert.equal(JSON.parse(lines[0]!).time, "2024-01-31T12:00:01.500Z");
});

Deno.test("a format that cannot be read is refused when the logger is made", () => {
  assert.throws(() => createLogger({ format: "%(oops)s", level: "info" }), SyntaxError);
});

Deno.test("lines go to standard error, standard output stays clean", async () => {
  const module = new URL("../../../lib/shell/log/logger.ts", import.meta.url);
  const script = `const { createLogger } = await import(${JSON.stringify(module.href)});
    const log = createLogger({ format: "%(name)s %(process)d %(message)s", level: "info" });
    log.info("up"); log.error("down"); console.log(process.pid);`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["eval", script]);
  assert.equal(stderr, `marathon_lb ${stdout.trim()} up\nmarathon_lb ${stdout.trim()} down\n`);
});
