import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { intendedTable } from "../../lib/migration/intendedTable.ts";
import {
  type Difference,
  formatReport,
  hidePasswords,
  settleDifferences,
} from "../../lib/migration/report.ts";

const size = { frontends: 1, backends: 2, servers: 3 };

function report(differences: readonly Difference[]): string {
  return formatReport({
    from: "http://old:9090",
    marathon: ["http://m:8080"],
    old: size,
    new: size,
    differences,
  });
}

function lost(section: string, what: string): Difference {
  return { kind: "lost", section, what, before: "x", meaning: "It is gone.", advice: "Look for it." };
}

const vhost: Difference = {
  kind: "intended",
  section: "frontend f",
  what: "use_backend",
  meaning: "",
  intended: ["vhost"],
};

Deno.test("a report lists differences by section and ends with their number", () => {
  const text = report([lost("backend a", "server 1"), lost("backend a", "server 2"), {
    ...lost("global", "log"),
    kind: "changed",
    after: "y",
  }, vhost]);
  assert.equal(
    text,
    `old: http://old:9090 (1 frontend, 2 backends, 3 servers)
new: what this program generates for http://m:8080 (1 frontend, 2 backends, 3 servers)

backend a
  lost: server 1
    - x
  lost: server 2
    - x
      It is gone.
      To do: Look for it.

global
  changed: log
    - x
    + y
      It is gone.
      To do: Look for it.

Intended differences:
  docs/migrating.md#what-the-configuration-does-differently
    1 × vhosts are chosen by the Host header, whatever its case and port

3 differences in effect: 2 lost, 1 changed.
`,
  );
});

Deno.test("a report without differences in effect says so, whatever is intended or moved", () => {
  const moving: Difference = { ...lost("backend a", "server 1"), kind: "moving" };
  for (const differences of [[], [vhost], [moving, vhost]]) {
    assert.match(report(differences), /\nNo difference in effect\.\n$/);
  }
  assert.match(report([moving]), /Changed during the comparison.*: 1\n {2}backend a: server 1\n/);
});

Deno.test("a report of a thousand differences is a few pages, and counts them all", () => {
  const many = Array.from({ length: 1000 }, (_, at) => lost(`backend ${at % 50}`, `server ${at}`));
  const text = report(many);
  assert.ok(text.split("\n").length < 1000, `${text.split("\n").length} lines`);
  assert.match(text, /and 12 more; --json lists all/);
  assert.match(text, /and 10 more sections; --json lists all/);
  assert.match(text, /\n1000 differences in effect: 1000 lost\.\n$/);
});

Deno.test("what only one of two comparisons found is moving", () => {
  const [one, two, three] = ["1", "2", "3"].map((what) => lost("backend a", what));
  const settled = settleDifferences([one!, two!, vhost], [two!, three!, vhost]);
  assert.deepEqual(settled.map(({ kind, what }) => [kind, what]), [
    ["lost", "2"],
    ["moving", "3"],
    ["moving", "1"],
    ["intended", "use_backend"],
  ]);
});

Deno.test("each row of the intended differences is in docs/migrating.md", () => {
  const file = new URL("../../docs/migrating.md", import.meta.url);
  assert.ok(existsSync(file));
  const page = readFileSync(file, "utf8");
  const list = page.split("### What counts as intended\n")[1]?.split(/^#/m)[0]?.replaceAll(/\s+/g, " ") ?? "";
  const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading);
  for (const { id, reason, docs } of intendedTable) {
    assert.ok(list.includes(reason), `${id}: ${reason}`);
    assert.ok(headings.includes(docs), `${id}: ${docs}`);
  }
  assert.equal(new Set(intendedTable.map(({ id }) => id)).size, intendedTable.length);
});

Deno.test("passwords of a line are replaced, and nothing else", () => {
  const rows: [line: string, expected: string][] = [
    ["user alice password $5$salt$hash", "user alice password ***"],
    ["user alice groups a insecure-password hunter2", "user alice groups a insecure-password ***"],
    ["stats auth admin:hunter2", "stats auth admin:***"],
    [
      "http-request set-header Authorization Basic aHVudGVyMg==",
      "http-request set-header Authorization Basic ***",
    ],
    ["use_backend password if { path /password/x }", "use_backend password if { path /password/x }"],
  ];
  for (const [line, expected] of rows) assert.equal(hidePasswords(line), expected);
});
