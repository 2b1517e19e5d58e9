import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { metricTable } from "../../lib/core/status/metrics.ts";
import { extractedFolder, findExtracted } from "../../tools/install/extractPackage.ts";

const folder = new URL("../../packaging/prometheus/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), "utf8");
const promtool = await findExtracted("promtool", extractedFolder("prometheus"));

const commands: readonly [name: string, words: readonly string[]][] = [
  ["the configuration is valid, and so are the alert rules that it names", [
    "check",
    "config",
    "prometheus.yml",
  ]],
  ["the alert rules pass their unit tests", ["test", "rules", "alerts.test.yml"]],
];

for (const [name, words] of commands) {
  Deno.test({
    name: `promtool: ${name}${
      promtool ? "" : " (not run: promtool of Debian's package prometheus is not there)"
    }`,
    ignore: !promtool,
    fn: () => {
      const { status, stdout, stderr } = spawnSync(promtool!, words, {
        cwd: fileURLToPath(folder),
        encoding: "utf8",
      });
      assert.equal(status, 0, stdout + stderr);
    },
  });
}

/** The alerts of the rules, each with its severity. */
const alerts = [...read("alerts.yml").matchAll(/- alert: (\w+)[^]*?severity: (\w+)/g)]
  .map(([, name, severity]) => [name!, severity!] as const);

Deno.test("each alert has a unit test in which it is silent and one in which it fires", () => {
  assert.ok(alerts.length > 10);
  const tests = read("alerts.test.yml").split(/^ {2}- name: /m);
  for (const [name] of alerts) {
    const test = tests.find((text) => text.startsWith(`${name}\n`)) ?? assert.fail(`${name} has no test`);
    assert.match(test, /exp_alerts: \[\]/, name);
    assert.match(test, /exp_alerts:\n\s+- exp_labels:/, name);
  }
});

Deno.test("docs/operating.md lists each alert with its severity", () => {
  const page = readFileSync(new URL("../../docs/operating.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `(MarathonLb\w+)`\s*\| (\w+)/gm)].map((
    [, name, severity],
  ) => [name, severity]);
  assert.deepEqual(rows, alerts);
});

Deno.test("alert rules and dashboard name only metrics of the controller that there are", () => {
  const known = metricTable.flatMap(({ name, type }) =>
    type === "histogram" ? ["_bucket", "_sum", "_count"].map((suffix) => name + suffix) : [name]
  );
  for (const file of ["alerts.yml", "alerts.test.yml", "dashboard.json"]) {
    const names = [...read(file).matchAll(/\bmarathon_lb_(\w+)/g)].map(([, name]) => name!);
    assert.deepEqual(names.filter((name) => !known.includes(name)), [], file);
  }
});

Deno.test("dashboard: panels have their own ids and places, and a description of what they show", () => {
  const { panels } = JSON.parse(read("dashboard.json"));
  const ids = panels.map(({ id }: { id: number }) => id);
  assert.deepEqual(ids, [...new Set(ids)]);
  const places = panels.map(({ gridPos: { x, y } }: { gridPos: { x: number; y: number } }) => `${x} ${y}`);
  assert.deepEqual(places, [...new Set(places)]);
  for (const { type, title, description } of panels) {
    assert.ok(title);
    if (type !== "row") assert.match(description, /\.$/, title);
  }
});
