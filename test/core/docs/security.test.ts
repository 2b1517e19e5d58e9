import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { flagTable } from "../../../lib/core/flags/flagTable.ts";
import { labelKinds } from "../../../lib/core/labels/labelKinds.ts";
import { type LabelRow, labelTable } from "../../../lib/core/labels/labelTable.ts";
import { overridableByLabel } from "../../../lib/core/templates/templateSet.ts";
import { type TemplateRow, templateTable } from "../../../lib/core/templates/templateTable.ts";
import { wrapText } from "../../../lib/core/docs/markdown.ts";

const file = new URL("../../../docs/security.md", import.meta.url);
const borders = /(<!-- labels: .* -->\n)[^]*(<!-- \/labels -->)/;

function labelTexts(): string {
  const rows = (labelTable as readonly LabelRow[]).map(({ name, scope, kind }) => [
    `\`HAPROXY_${scope === "app" ? "" : "{n}_"}${name}\``,
    kind,
    labelKinds[kind].reach,
  ]);
  const templates = (templateTable as readonly TemplateRow[]).filter(overridableByLabel).map(({ name }) =>
    `\`${name}\``
  );
  const all = wrapText(
    `Template labels reach the machine; these ${templates.length} may be overridden: ${
      templates.join(", ")
    }.`,
  );
  return `\n${table([["label", "kind", "reach"], ...rows])}\n\n${all}\n\n`;
}

/** A table in Markdown as the formatter leaves it; the first row is the head. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[], fill = " ") =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!, fill)).join(" | ")} |`;
  const [head, ...body] = rows;
  return [line(head!), line(head!.map(() => ""), "-"), ...body.map((row) => line(row))].join("\n");
}

Deno.test("docs/security.md has every label with its reach (UPDATE_DOCS=1 writes them)", () => {
  const text = readFileSync(file, "utf8");
  assert.match(text, borders);
  const expected = text.replace(borders, (_, begin, end) => `${begin}${labelTexts()}${end}`);
  if (Deno.env.get("UPDATE_DOCS") === "1") writeFileSync(file, expected);
  assert.equal(readFileSync(file, "utf8"), expected, "run the tests with UPDATE_DOCS=1");
});

Deno.test("docs/security.md names tests and files that are there, and flags that there are", () => {
  const text = readFileSync(file, "utf8");
  const links = [...text.matchAll(/\]\((?!#)([^)]+)\)/g)].map(([, target]) => target!);
  assert.ok(links.length > 20);
  for (const target of links) assert.ok(existsSync(new URL(target, file)), target);
  const flags = new Set<string>(flagTable.map(({ name }) => name));
  // Of Docker, in its own example, and of Deno.
  const others = new Set([
    "user",
    "cap-drop",
    "cap-add",
    "security-opt",
    "network",
    "unstable-net",
    "no-prompt",
  ]);
  for (const permission of ["all", "env", "net", "read", "write", "run", "sys"]) {
    others.add(`allow-${permission}`);
  }
  for (const [, name] of text.matchAll(/(?<![\w-])--([a-z][a-z-]+)/g)) {
    assert.ok(flags.has(name!) || others.has(name!), `--${name}`);
  }
});
