import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { environmentTable } from "../../../lib/core/docs/reference.ts";
import { type Flag, modeTable } from "../../../lib/core/flags/flag.ts";
import { flagTable } from "../../../lib/core/flags/flagTable.ts";
import { labelTable } from "../../../lib/core/labels/labelTable.ts";
import { templateTable } from "../../../lib/core/templates/templateTable.ts";
import {
  type CompatibilityRow,
  endpointRows,
  fileRows,
  flagRows,
  labelRows,
  logRows,
  modeRows,
  templateRows,
  variableRows,
} from "../../../tools/docs/compatibilityTable.ts";

const root = new URL("../../../", import.meta.url);
const flags: readonly Flag[] = flagTable;
const kept = (rows: readonly CompatibilityRow[]) =>
  rows.filter(({ state }) => state !== "gone").map(({ name }) => name);

Deno.test("each flag, mode, label and template of the old one is in the table once, and the program has it", () => {
  const all = [flagRows, modeRows, labelRows, templateRows, variableRows, endpointRows, fileRows];
  for (const rows of all) {
    assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
    for (const { name, state, how } of rows) assert.equal(how === undefined, state === "same", name);
  }
  assert.deepEqual(
    kept(flagRows).sort(),
    flags.filter(({ ours, name }) => !ours && name !== "version").map(({ name }) => name).sort(),
  );
  assert.deepEqual(kept(modeRows).sort(), modeTable.map(({ name }) => name).sort());
  const labels = new Set<string>(labelTable.map(({ name }) => name));
  for (const name of kept(labelRows)) assert.ok(labels.has(name), name);
  const templates = new Set<string>(templateTable.map(({ name }) => name));
  for (const name of kept(templateRows)) assert.ok(templates.has(name), name);
});

Deno.test("the defaults of flags that are the same stay the same", () => {
  const defaults: Readonly<Record<string, Flag["default"]>> = {
    "max-reload-retries": 10,
    "reload-interval": 10,
    "archive-versions": 5,
    "lru-cache-capacity": 1000,
    "min-serv-port-ip-per-task": 10050,
    "max-serv-port-ip-per-task": 10100,
    "max-backoff": 300,
  };
  for (const [name, value] of Object.entries(defaults)) {
    assert.equal(flags.find((flag) => flag.name === name)!.default, value, name);
  }
});

Deno.test("the variables of the table are those that the program reads", () => {
  const known = new Set([
    ...environmentTable.map(({ name }) => name),
    ...flags.flatMap(({ variable }) => variable?.name ?? []),
  ]);
  for (const name of kept(variableRows)) assert.ok(known.has(name), name);
});

Deno.test("the endpoints of the table are in HAPROXY_HEAD, and the words for the log in the program", () => {
  const head = readFileSync(new URL("templates/HAPROXY_HEAD.hbs", root), "utf8");
  for (const name of kept(endpointRows)) {
    const path = name.replace(/^\/haproxy\?stats.*$/, "stats enable");
    assert.ok(head.includes(path), name);
  }
  const sources = readdirSync(new URL("lib", root), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => readFileSync(new URL(`lib/${path}`, root), "utf8")).join("\n");
  for (const { old, now } of logRows) assert.ok(now === undefined || sources.includes(now), `${old}: ${now}`);
});

Deno.test("the page of the table is one that others link to", () => {
  assert.ok(existsSync(new URL("docs/compatibility-table.md", root)));
  assert.match(readFileSync(new URL("docs/migrating.md", root), "utf8"), /\]\(compatibility-table\.md\)/);
});
