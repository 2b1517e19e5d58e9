import assert from "node:assert/strict";
import { commandTable } from "../../../lib/core/flags/commandTable.ts";
import { parseCommandLine } from "../../../lib/core/flags/parseCommandLine.ts";

const directory = { MARATHON_LB_RUN_DIR: "/run/own" };

Deno.test("health needs no flag, and takes --run-dir as the one that runs does", () => {
  const runDir = (argv: string[], environment = {}) => parseCommandLine(["health", ...argv], environment);
  assert.deepEqual(runDir([]), { kind: "health", runDir: "/var/run/haproxy" });
  assert.deepEqual(runDir([], directory), { kind: "health", runDir: "/run/own" });
  assert.deepEqual(runDir(["--run-dir", "/other"], directory), { kind: "health", runDir: "/other" });
  assert.deepEqual(runDir(["--group", "external", "-H"]), { kind: "health", runDir: "/var/run/haproxy" });
});

Deno.test("health takes no more words", () => {
  assert.throws(() => parseCommandLine(["health", "now"], {}), {
    message: 'health: expected flags after it, got the word "now"; see --help',
  });
});

Deno.test("--help and the message about an unknown mode tell the commands", () => {
  const help = parseCommandLine(["--help"], {});
  assert.ok(help.kind === "help");
  // Wrapped descriptions are read as one line.
  const text = help.text.replaceAll(/\s+/g, " ");
  for (const { name, description } of commandTable) {
    assert.ok(text.includes(` ${name} ${description}`), name);
    assert.throws(() => parseCommandLine(["helth"], {}), new RegExp(`unknown mode "helth": .*\\b${name}\\b`));
  }
});
