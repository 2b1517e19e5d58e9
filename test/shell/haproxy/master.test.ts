import assert from "node:assert/strict";
import { join } from "node:path";
import { HaproxyOutput, spawnMaster, stopMaster } from "../../../lib/shell/haproxy/master.ts";
import { processIdentity } from "../../../lib/shell/haproxy/processes.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { withDirectory } from "../system/withDirectory.ts";
import { limit } from "./support/TestBench.ts";
import { writeExecutable } from "./support/writeExecutable.ts";

Deno.test("HaproxyOutput: the proxies that end with an old worker are neither logged nor push out why a reload failed", () => {
  const logger = new RecordingLogger();
  const output = new HaproxyOutput(logger.named("haproxy"));
  output.add("[ALERT]    (8) : Starting frontend web_10000: cannot bind socket (Address already in use)");
  for (let number = 0; number < 500; number++) {
    output.add(`[WARNING]  (7) : Proxy web_${number} stopped (cumulated conns: FE: 0, BE: 0).`);
  }
  output.add("[WARNING]  (7) : Server web_10000/s1 is DOWN.");
  assert.deepEqual(logger.lines, [
    "error haproxy: (8) Starting frontend web_10000: cannot bind socket (Address already in use)",
    "warning haproxy: (7) Server web_10000/s1 is DOWN.",
  ]);
  assert.match(output.failure(), /cannot bind socket/);
});

Deno.test("HaproxyOutput: servers that come and go are one line at INFO after a second, and a line each at DEBUG", async () => {
  const logger = new RecordingLogger();
  const clock = new FakeClock();
  const output = new HaproxyOutput(logger.named("haproxy"), clock);
  for (const name of ["s1", "s2"]) {
    output.add(`[WARNING]  (7) : Server web_10000/${name} is UP/READY (leaving forced maintenance).`);
  }
  output.add("[WARNING]  (7) : Server web_10000/s3 was UP and now enters maintenance.");
  output.add("[WARNING]  (7) : Server web_10000/s4 is DOWN, reason: Layer4 timeout.");
  const above = () => logger.lines.filter((line) => !line.startsWith("debug"));
  assert.equal(logger.lines.length, 4);
  assert.deepEqual(above(), ["warning haproxy: (7) Server web_10000/s4 is DOWN, reason: Layer4 timeout."]);
  await clock.advance(1_000);
  const summary =
    "info haproxy: Servers changed: 2 up, 1 in maintenance (web_10000/s1, web_10000/s2, web_10000/s3)";
  assert.deepEqual(above().slice(1), [summary]);
  output.add("[WARNING]  (7) : Server web_10000/s1 is UP/READY (leaving forced maintenance).");
  output.flush();
  await clock.advance(1_000);
  assert.deepEqual(above().slice(2), ["info haproxy: Servers changed: 1 up (web_10000/s1)"]);
});

Deno.test("stopMaster: a HAProxy that ignores USR1 and TERM is killed after the shutdown time-out, with its children", () =>
  withDirectory(async (directory) => {
    const text = "#!/bin/sh\ntrap '' TERM USR1\nsleep 3600 & echo $!\nwhile :; do wait; done\n";
    const path = await writeExecutable(join(directory, "haproxy"), text);
    const { promise: child, resolve } = Promise.withResolvers<number>();
    const command = {
      path,
      masterSocket: join(directory, "m"),
      configFile: "c",
      env: { PATH: "/usr/bin:/bin" },
    };
    const master = await spawnMaster(command, (line) => resolve(Number(line)));
    const pids = [master.pid, await child];
    const how = await stopMaster(master, { clock: systemClock, shutdownTimeout: 50, signal: limit() });
    assert.equal(how, "hard");
    assert.deepEqual(pids.map(processIdentity), [undefined, undefined]);
  }));
