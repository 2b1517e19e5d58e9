import assert from "node:assert/strict";
import type { Problem } from "../../../lib/core/problem/Problem.ts";
import { ProblemLog } from "../../../lib/shell/sync/ProblemLog.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";

const excluded: Problem = { severity: "excluded", app: "/a", message: "/a: service 0 is left out" };
const warning: Problem = { severity: "warning", app: "/b", message: "/b: a label nobody reads" };

/** The lines that each of several reports in a row writes. */
function linesOf(...reports: Problem[][]): string[][] {
  const logger = new RecordingLogger();
  const log = new ProblemLog(logger);
  return reports.map((problems) => {
    log.report(problems);
    return logger.lines.splice(0);
  });
}

const seen = "error marathon_lb: /a: service 0 is left out";
const gone = "info marathon_lb: No longer so: /a: service 0 is left out";
const warned = "warning marathon_lb: /b: a label nobody reads";

Deno.test("ProblemLog: a problem is told when it appears and not again", () => {
  assert.deepEqual(linesOf([excluded, warning], [warning, excluded], [excluded, warning]), [
    [seen, warned],
    [],
    [],
  ]);
});

Deno.test("ProblemLog: what excluded a service is told when it ends, and again when it comes back", () => {
  assert.deepEqual(linesOf([excluded], [], [], [excluded]), [[seen], [gone], [], [seen]]);
});

Deno.test("ProblemLog: the end of a warning is nothing to tell, its return is", () => {
  assert.deepEqual(linesOf([warning], [], [warning]), [[warned], [], [warned]]);
});

Deno.test("ProblemLog: the same problem twice in one generation is one line", () => {
  assert.deepEqual(linesOf([excluded, excluded], []), [[seen], [gone]]);
});
