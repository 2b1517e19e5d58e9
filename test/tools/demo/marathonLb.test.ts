import assert from "node:assert/strict";
import { createLogger, type Logger } from "../../../lib/shell/log/logger.ts";
import { styleFor } from "../../../lib/core/style.ts";
import { describeLogLine } from "../../../tools/demo/marathonLb.ts";

const plain = styleFor(false);

const cases: [name: string, write: (logger: Logger) => void, shown: string | undefined][] = [
  ["a change", (log) => log.info("Applied in 0.10 s"), "marathon-lb: Applied in 0.10 s"],
  ["a reload of files", (log) => log.info("Reloaded a.cfg"), "marathon-lb: Reloaded a.cfg"],
  ["other news", (log) => log.info("HAProxy serves"), undefined],
  ["a warning", (log) => log.warning("No answer"), "marathon-lb: warning: No answer"],
  ["an error", (log) => log.error("Refused"), "marathon-lb: error: Refused"],
  ["a warning of HAProxy", (log) => log.named("haproxy").warning("Proxy stats stopped"), undefined],
  ["an error of HAProxy", (log) => log.named("haproxy").error("cannot bind"), "HAProxy: cannot bind"],
  ["news of HAProxy that look like ours", (log) => log.named("haproxy").info("Reloaded x"), undefined],
];

for (const [name, write, shown] of cases) {
  Deno.test(`what the demo shows of the log: ${name}`, () => {
    const lines: string[] = [];
    write(createLogger({ level: "debug", format: "json", write: (line) => lines.push(line) }));
    assert.deepEqual(lines.map((line) => describeLogLine(line, plain)), [shown]);
  });
}

Deno.test("what the demo shows of the log: a line in another form, but no empty one", () => {
  assert.equal(
    describeLogLine("marathon-lb: --marathon is wrong", plain),
    "marathon-lb: --marathon is wrong",
  );
  assert.equal(describeLogLine("{ half a record", plain), "{ half a record");
  assert.equal(describeLogLine("", plain), undefined);
});
