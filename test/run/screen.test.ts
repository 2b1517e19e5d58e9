import assert from "node:assert/strict";
import { parseCommandLine } from "../../lib/core/flags/commandLine.ts";
import { screenFor } from "../../lib/run/run.ts";
import { FakeTerminal } from "../support/FakeTerminal.ts";

const [asked, served] = [["--marathon", "http://m:8080"], ["--group", "external"]];
const deploy = ["deploy", "web.json", ...asked, "--marathon-lb", "http://lb:9090"];
const migration = ["check-migration", "--from", "http://old:9090", ...asked, ...served];

/** Where each command shows what is under way. */
const cases: [words: string[], shown: "stdout" | "stderr" | "nowhere"][] = [
  [["explain", "/web"], "stderr"],
  [["explain", "/web", "--json"], "nowhere"],
  [["explain", "/web", ...asked, ...served], "stderr"],
  [["explain", "/web", ...asked, ...served, "--json"], "nowhere"],
  [["validate", "web.json"], "stderr"],
  [["validate", "web.json", "--json"], "nowhere"],
  [["export", "--format", "ingress", ...asked, ...served], "stderr"],
  [migration, "stderr"],
  [[...migration, "--json"], "nowhere"],
  [["--dry", ...asked, ...served], "stderr"],
  [deploy, "stdout"],
  [[...deploy, "--json"], "stderr"],
  [["sse", ...asked, ...served], "nowhere"],
  [["poll", ...asked, ...served], "nowhere"],
  [[...asked, ...served], "nowhere"],
];

for (const [words, shown] of cases) {
  Deno.test(`screenFor: ${words.join(" ")}: ${shown}`, () => {
    const outputs = { stdout: new FakeTerminal(), stderr: new FakeTerminal() };
    const screen = screenFor(parseCommandLine(words, {}), {}, outputs);
    assert.equal(screen.isLive, shown !== "nowhere");
    screen.show(() => ["under way"]);
    screen.end();
    const { stdout, stderr } = outputs;
    const written = [
      ...stdout.written.length > 0 ? ["stdout"] : [],
      ...stderr.written.length > 0 ? ["stderr"] : [],
    ];
    assert.deepEqual(written, shown === "nowhere" ? [] : [shown]);
    const files = { stdout: { write: stdout.write }, stderr: { write: stderr.write } };
    assert.equal(screenFor(parseCommandLine(words, {}), {}, files).isLive, false);
  });
}
