import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { anchor } from "../../../lib/core/docs/markdown.ts";
import { environmentTable, longhelp } from "../../../lib/core/docs/reference.ts";
import { parseCommandLine } from "../../../lib/core/flags/commandLine.ts";
import { environmentVariable, type Flag, modeTable } from "../../../lib/core/flags/flag.ts";
import { flagTable } from "../../../lib/core/flags/flagTable.ts";
import { labelKinds } from "../../../lib/core/labels/labelKinds.ts";
import { type LabelRow, labelTable } from "../../../lib/core/labels/labelTable.ts";
import { defaultTemplates } from "../../../lib/core/templates/defaultTemplates.ts";
import { overridableByLabel } from "../../../lib/core/templates/templateSet.ts";
import { type TemplateRow, templateTable } from "../../../lib/core/templates/templateTable.ts";
import { exampleLabels } from "./support/exampleLabels.ts";

const lib = new URL("../../../lib", import.meta.url).pathname;
const sources = readdirSync(lib, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts") && !path.startsWith("core/docs/"))
  .map((path) => readFileSync(join(lib, path), "utf8"))
  .join("\n");
const ofFlags = (flagTable as readonly Flag[]).map(({ variable }) => variable?.name);

Deno.test("environmentTable: every variable that the program asks for by name", () => {
  const asked = [...sources.matchAll(/\benvironment\.([A-Z][A-Z0-9_]+)/g)].map((match) => match[1]!);
  assert.ok(asked.length > 0);
  const documented = [...environmentTable.map(({ name }) => name), ...ofFlags];
  assert.deepEqual(asked.filter((name) => !documented.includes(name)), []);
});

for (const { name } of environmentTable.filter(({ name }) => !name.includes("<"))) {
  Deno.test(`environmentTable: ${name} is known to the program`, () => {
    assert.match(sources, new RegExp(`\\b${name}\\b`));
  });
}

const reference = new URL("../../../docs/reference.md", import.meta.url);
const main = new URL("../../../main.ts", import.meta.url);
const text = longhelp();
const headings = [...text.matchAll(/^#+ (.*)$/gm)].map((match) => match[1]!);

/** What stands under a heading, up to the next one. */
function underHeading(heading: string): string {
  const [, rest] = text.split(`\n#### ${heading}\n`);
  assert.ok(rest !== undefined, `${heading} is missing`);
  return rest.split(/^#+ /m)[0]!;
}

/** Without marks of code, on one line. */
function plain(markdown: string): string {
  return markdown.replaceAll(/[`']/g, "").replaceAll(/\s+/g, " ");
}

Deno.test("docs/reference.md is what --longhelp prints (UPDATE_DOCS=1 writes it)", () => {
  const printed = execFileSync(Deno.execPath(), ["run", "-A", main.pathname, "--longhelp"], {
    encoding: "utf8",
  });
  if (Deno.env.get("UPDATE_DOCS") === "1") writeFileSync(reference, printed);
  assert.equal(readFileSync(reference, "utf8"), printed, "run the tests with UPDATE_DOCS=1");
  assert.equal(printed, text);
});

Deno.test("longhelp: every mode", () => {
  for (const { name, argument } of modeTable) {
    assert.ok(text.includes(`- \`marathon-lb ${argument ? `${name} ${argument}` : name}\`: `), name);
  }
});

Deno.test("longhelp: every flag with its description, default and variable", () => {
  for (const flag of flagTable as readonly Flag[]) {
    const heading = headings.find((heading) => new RegExp(`--${flag.name}[\` ]`).test(heading));
    assert.ok(heading, `--${flag.name} is missing`);
    const section = plain(underHeading(heading));
    const byDefault = flag.defaultText ?? (flag.kind === "switch" ? "off" : flag.default ?? "none");
    assert.ok(section.includes(plain(flag.description)), `--${flag.name}: its description`);
    assert.ok(section.includes(plain(`Default: ${byDefault}.`)), `--${flag.name}: its default`);
    const variables = flag.notFromEnvironment
      ? ["none"]
      : [environmentVariable(flag.name), ...flag.variable ? [flag.variable.name] : []];
    assert.ok(section.includes(`Variable: ${variables.join(", else ")}`), `--${flag.name}: its variables`);
  }
});

Deno.test("longhelp has the flags of --help, in the same words, order and groups", () => {
  const help = parseCommandLine(["--help"], {});
  assert.equal(help.kind, "help");
  const lines = help.kind === "help" ? help.text.split("\n") : [];
  const shown = lines.flatMap((line) => {
    const [, group, flag] = /^(\w.*):$|^ {2}(?: {4})?((?:-\w, )?--\S+(?: <[^>]*>)?)/.exec(line) ?? [];
    return group && !/^(Modes|Commands)/.test(group) ? [group] : flag ? [`\`${flag}\``] : [];
  });
  const [, flags = ""] = text.split("\n## Flags\n");
  const documented = [...flags.split("\n## ")[0]!.matchAll(/^###+ (.*)$/gm)].map((match) => match[1]!);
  assert.deepEqual(documented, shown);
});

Deno.test("longhelp: every label with what it sets, its rule and an example", () => {
  const examples = exampleLabels();
  for (const { name, scope, kind, sets, example } of labelTable as readonly LabelRow[]) {
    const index = scope === "service" ? "{n}_" : "";
    const section = plain(underHeading(`\`HAPROXY_${index}${name}\``));
    assert.ok(section.includes(plain(sets)) && section.includes(plain(labelKinds[kind].rule)), name);
    assert.equal(examples.get(`HAPROXY_${index.replace("{n}", "0")}${name}`), example);
  }
});

Deno.test("longhelp: every template with its description, overrides, values and default", () => {
  for (const row of templateTable as readonly TemplateRow[]) {
    const section = underHeading(`\`HAPROXY_${row.name}\``);
    const words = plain(section);
    assert.ok(words.includes(plain(row.description)), `${row.name}: its description`);
    assert.ok(
      words.includes(`variable HAPROXY_${row.name}, file HAPROXY_${row.name}.hbs or HAPROXY_${row.name}.`),
    );
    assert.equal(
      words.includes(`label HAPROXY_{n}_${row.name}, `),
      overridableByLabel(row),
      `${row.name}: its label`,
    );
    assert.equal(section.includes("Raw: "), row.raw === true, `${row.name}: raw`);
    assert.equal(section.includes("Part of a line: "), row.inline === true, `${row.name}: inline`);
    for (const value of row.values) {
      assert.match(section, new RegExp(`^- \`${value}\`: \\S`, "m"), `${row.name}: ${value}`);
    }
    const lines = defaultTemplates[row.name as keyof typeof defaultTemplates].trim().split("\n");
    for (const line of lines) assert.ok(section.includes(line.trim()), `${row.name}: ${line}`);
  }
});

Deno.test("longhelp: every template that apps may override has an example label, or says why not", () => {
  const examples = exampleLabels();
  for (const row of templateTable as readonly TemplateRow[]) {
    const conditional = defaultTemplates[row.name as keyof typeof defaultTemplates].includes("{{#");
    const byLabel = overridableByLabel(row);
    // The label HTTP_BACKEND_REDIR has an example too, of a path.
    const example = row.label === false ? undefined : examples.get(`HAPROXY_0_${row.name}`);
    assert.equal(example !== undefined, byLabel && !conditional, row.name);
    const saysWhyNot = underHeading(`\`HAPROXY_${row.name}\``).includes("The default has conditions");
    assert.equal(saysWhyNot, byLabel && conditional, row.name);
  }
});

Deno.test("longhelp: every link leads to a heading, and no two headings have one name", () => {
  const anchors = headings.map(anchor);
  assert.deepEqual(anchors.filter((name, position) => anchors.indexOf(name) !== position), []);
  const targets = [...text.matchAll(/\]\(#([^)]*)\)/g)].map((match) => match[1]!);
  assert.ok(targets.length > 0);
  for (const target of targets) assert.ok(anchors.includes(target), target);
});

Deno.test("longhelp: nothing is undefined", () => {
  assert.doesNotMatch(text, /undefined|\[object|NaN/);
});
