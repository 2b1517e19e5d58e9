import assert from "node:assert/strict";
import { parseCommandLine } from "../../../lib/core/flags/parseCommandLine.ts";
import { UsageError } from "../../../lib/core/flags/UsageError.ts";

const words = ["check-migration", "--from", "http://old:9090", "--group", "external"];

Deno.test("check-migration takes the flags of a supervised mode", () => {
  const invocation = parseCommandLine([...words, "--json", "--haproxy-map", "-m", "http://m:8080"], {});
  assert.ok(invocation.kind === "checkMigration");
  const { mode, from, json, haproxyMap, groups, marathon } = invocation.options;
  assert.deepEqual({ mode, from, json, haproxyMap, groups, marathon }, {
    mode: "sse",
    from: "http://old:9090",
    json: true,
    haproxyMap: true,
    groups: ["external"],
    marathon: ["http://m:8080"],
  });
});

Deno.test("wrong use of check-migration says what is expected", () => {
  const rows: [argv: string[], message: RegExp][] = [
    [["check-migration", "--group", "external"], /--from is required: .*--from http:\/\/HOST:9090/],
    [["check-migration", "--from", "http://old:9090"], /--group is required/],
    [
      ["check-migration", "old", "--from", "x", "--group", "a"],
      /expected flags after it, got the word "old"/,
    ],
    [["sse", "--group", "a", "--from", "x"], /--from is for marathon-lb check-migration only/],
    [["--group", "a", "--json"], /--json is for marathon-lb check-migration only/],
  ];
  for (const [argv, message] of rows) {
    assert.throws(
      () => parseCommandLine(argv, {}),
      (error) => error instanceof UsageError && message.test(error.message),
      argv.join(" "),
    );
  }
});

Deno.test("--from and --json are no variables: one that an environment has for something else keeps nothing from starting", () => {
  const environment = { MARATHON_LB_FROM: "x", MARATHON_LB_JSON: "maybe" };
  assert.equal(parseCommandLine(["--group", "a"], environment).kind, "run");
});
