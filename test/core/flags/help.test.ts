import assert from "node:assert/strict";
import type { Flag } from "../../../lib/core/flags/Flag.ts";
import { flagTable } from "../../../lib/core/flags/flagTable.ts";
import { modeTable } from "../../../lib/core/flags/modeTable.ts";
import { parseCommandLine } from "../../../lib/core/flags/parseCommandLine.ts";

function helpText(environment: Record<string, string> = {}): string {
  const invocation = parseCommandLine(["--help"], environment);
  if (invocation.kind !== "help") throw new Error(`expected help, got ${invocation.kind}`);
  return invocation.text;
}

Deno.test("--help tells every flag and mode, and every default", () => {
  // Wrapped descriptions are read as one line.
  const text = helpText().replace(/\s+/g, " ");
  for (const flag of flagTable as readonly Flag[]) {
    const short = flag.short ? `-${flag.short}, ` : "";
    assert.ok(text.includes(`${short}--${flag.name} `), `--${flag.name} is missing`);
    assert.ok(text.includes(`${flag.group}: `), `the group ${flag.group} is missing`);
    const defaultText = flag.defaultText ?? flag.default;
    if (defaultText !== undefined) {
      assert.ok(text.includes(`default: ${defaultText}`), `--${flag.name}: no default`);
    }
  }
  for (const { name, description } of modeTable) {
    assert.ok(text.includes(`${name}`) && text.includes(description));
  }
});

Deno.test("--help groups the flags by purpose, each group once", () => {
  const headings = helpText().split("\n").filter((line) => /^[A-Z][\w ]+:$/.test(line));
  assert.deepEqual(headings, [
    "Apps:",
    "Marathon:",
    "Access to Marathon:",
    "Configuration:",
    "Listeners:",
    "HAProxy and reloads:",
    "Logging:",
    "Help:",
  ]);
});

Deno.test("--help fits a terminal of 100 columns", () => {
  for (const line of helpText().split("\n")) assert.ok(line.length <= 100, `${line.length}: ${line}`);
});

Deno.test("--help shows nothing of the environment", () => {
  const environment = {
    MARATHON_USER: "hunter",
    MARATHON_PASSWORD: "hunter2",
    MARATHON_LB_AUTH_CREDENTIALS: "me:hunter2",
    DCOS_SERVICE_ACCOUNT_CREDENTIAL: "hunter2",
  };
  assert.equal(helpText(environment), helpText());
});
