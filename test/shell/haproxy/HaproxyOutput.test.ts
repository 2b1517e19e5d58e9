import assert from "node:assert/strict";
import { HaproxyOutput } from "../../../lib/shell/haproxy/HaproxyOutput.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";

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
