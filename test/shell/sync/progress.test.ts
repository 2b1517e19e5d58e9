import assert from "node:assert/strict";
import type { Problem } from "../../../lib/core/problem.ts";
import { Findings, ProblemLog, StageTimer } from "../../../lib/shell/sync/progress.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { worldOf } from "../../core/explain/support/worldOf.ts";
import { configurationOf } from "./support/configurationOf.ts";

const excluded: Problem = {
  code: "service-unreadable",
  severity: "excluded",
  app: "/a",
  message: "/a: service 0 is left out",
};
const warning: Problem = {
  code: "label-ignored",
  severity: "warning",
  app: "/b",
  message: "/b: a label nobody reads",
};

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
const gone = "info marathon_lb: Resolved: /a: service 0 is left out";
const warned = "warning marathon_lb: /b: a label nobody reads";

Deno.test("ProblemLog: a problem is logged when it appears and not again", () => {
  assert.deepEqual(linesOf([excluded, warning], [warning, excluded], [excluded, warning]), [
    [seen, warned],
    [],
    [],
  ]);
});

Deno.test("ProblemLog: what excluded a service is logged when it is resolved, and again when it comes back", () => {
  assert.deepEqual(linesOf([excluded], [], [], [excluded]), [[seen], [gone], [], [seen]]);
});

Deno.test("ProblemLog: the end of a warning is not logged, its return is", () => {
  assert.deepEqual(linesOf([warning], [], [warning]), [[warned], [], [warned]]);
});

Deno.test("ProblemLog: the same problem twice in one generation is one line", () => {
  assert.deepEqual(linesOf([excluded, excluded], []), [[seen], [gone]]);
});

Deno.test("ProblemLog: many warnings of one code are one line, what excludes a service is not summed up", () => {
  const shadowed = (n: number): Problem => ({
    code: "vhost-shadowed",
    severity: "warning",
    app: `/app-${n}`,
    index: 0,
    message: `/app-${n}: service 0: another rule comes first`,
  });
  const many = Array.from({ length: 2_000 }, (_, n) => shadowed(n));
  const [first, second, third] = linesOf([...many, excluded, warning], [...many, shadowed(2_000)], many);
  assert.deepEqual(first, [
    seen,
    warned,
    "warning marathon_lb: 2000 times vhost-shadowed, such as /app-0: service 0, /app-1: service 0, /app-2: service 0: " +
    "The rule of another service comes first and gets the requests for the vhost and path. " +
    "/_mlb_status, /_mlb/ and marathon-lb explain have each",
  ]);
  assert.deepEqual(second, ["warning marathon_lb: /app-2000: service 0: another rule comes first", gone]);
  assert.deepEqual(third, []);
  assert.equal(linesOf(many.slice(0, 20))[0]!.length, 20);
  const other = many.slice(0, 30).map((one) => ({ ...one, severity: "excluded" as const }));
  assert.equal(linesOf(other)[0]!.length, 30);
});

const note = (app: string, code: "no-group" | "no-task" = "no-group"): Problem => ({
  code,
  severity: "note",
  app,
  index: 0,
  message: `${app}: service 0: ${code}`,
});

Deno.test("ProblemLog: notes of apps that changed are logged once, and again after they were gone", () => {
  const logger = new RecordingLogger();
  const log = new ProblemLog(logger);
  const told = (notes: [string, Problem[]][]) => {
    log.reportNotes(new Map(notes));
    return logger.lines.splice(0);
  };
  const ungrouped = "info marathon_lb: /a: service 0: no-group";
  assert.deepEqual(told([["/a", [note("/a")]], ["/b", [note("/b", "no-task")]]]), [
    ungrouped,
    "debug marathon_lb: /b: service 0: no-task",
  ]);
  assert.deepEqual(told([["/a", [note("/a")]]]), []);
  assert.deepEqual(told([["/a", []]]), []);
  assert.deepEqual(told([["/a", [note("/a")]]]), [ungrouped]);
});

Deno.test("ProblemLog: of thousands of notes twenty are logged, and how many more there are", () => {
  const logger = new RecordingLogger();
  const apps = Array.from({ length: 5_000 }, (_, index) => `/a${index}`);
  new ProblemLog(logger).reportNotes(new Map(apps.map((app) => [app, [note(app)]])));
  assert.equal(logger.lines.length, 21);
  assert.equal(
    logger.lines[20],
    "info marathon_lb: 4980 more services are not served: no-group; see /_mlb_status",
  );
});

Deno.test("StageTimer: adds up what each stage took, the one under way included", async () => {
  const clock = new FakeClock();
  const timer = new StageTimer(clock);
  await clock.advance(5);
  assert.deepEqual([timer.stage, timer.durations()], ["fetch", {
    fetch: 5,
    generate: 0,
    validate: 0,
    apply: 0,
  }]);
  for (const [stage, milliseconds] of [["generate", 3], ["validate", 20], ["generate", 4]] as const) {
    timer.begin(stage);
    await clock.advance(milliseconds);
  }
  assert.deepEqual([timer.stage, timer.durations()], ["generate", {
    fetch: 5,
    generate: 7,
    validate: 20,
    apply: 0,
  }]);
});

Deno.test("Findings: the world says since when problems are there and an answer is held, and is the same without news", async () => {
  const clock = new FakeClock();
  const findings = new Findings(clock);
  const [served, next] = [configurationOf("served"), configurationOf("next")];
  const made = worldOf({ apps: [{ id: "/a" }] });
  const asked: unknown[] = [];
  const world = () => {
    asked.push(undefined);
    return findings.world((configuration) => {
      asked[asked.length - 1] = configuration;
      return made;
    });
  };
  assert.equal(world(), undefined, "nothing was found yet");

  const first = clock.now();
  findings.serve(served, [excluded]);
  assert.deepEqual(world()!.since, new Map([[excluded.message, first]]));
  assert.equal(world(), world());

  await clock.advance(1_000);
  const second = clock.now();
  findings.hold(next, [excluded, warning]);
  const held = world()!;
  assert.deepEqual(held.held, { since: second });
  assert.deepEqual(held.since, new Map([[excluded.message, first], [warning.message, second]]));
  assert.equal(asked.at(-1), served, "what was in service stays");

  findings.serve(next, [warning]);
  assert.equal(world()!.held, undefined);
  assert.equal(asked.at(-1), next);
  assert.deepEqual(world()!.since, new Map([[warning.message, second]]));
});
