import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { modernise } from "../../../lib/core/directives/modernise.ts";
import { environmentTable } from "../../../lib/core/docs/reference.ts";
import type { Flag } from "../../../lib/core/flags/flag.ts";
import { flagTable } from "../../../lib/core/flags/flagTable.ts";

const flags: readonly Flag[] = flagTable;
const pages = ["migrating.md", "dcos-and-marathon.md"].map((name) => {
  const file = new URL(`../../../docs/${name}`, import.meta.url);
  return { name, file, text: readFileSync(file, "utf8") };
});
const { text } = pages[0]!;

/** The text of one section, up to the next heading of any level. */
function section(heading: string): string {
  const found = text.split(/^(?=#)/m).find((part) => part.replace(/^#+ /, "").startsWith(`${heading}\n`));
  assert.ok(found, heading);
  return found;
}

function flagsIn(part: string): string[] {
  return [...new Set([...part.matchAll(/(?<![\w-])--([a-z][a-z0-9-]+)/g)].map(([, name]) => name!))];
}

Deno.test("docs/migrating.md names each flag: as the same, or as new", () => {
  const same = flagsIn(section("What is the same").split("**Modes**")[0]!);
  const fresh = flagsIn(section("New"));
  // Both had them, and nobody moves them.
  const other = new Set(["help", "version"]);
  const named = (ours: boolean) =>
    flags.filter((flag) => Boolean(flag.ours) === ours && !other.has(flag.name)).map(({ name }) => name)
      .sort();
  assert.deepEqual(same.toSorted(), named(false));
  assert.deepEqual(fresh.filter((name) => !other.has(name)).toSorted(), named(true));
});

Deno.test("docs/migrating.md names each variable that is no flag's", () => {
  const part = section("What is the same");
  // No user of the old one has it.
  const fresh = new Set(["VAULT_CACERT", "NOTIFY_SOCKET", "WATCHDOG_USEC", "NO_COLOR", "GITHUB_ACTIONS"]);
  for (const { name } of environmentTable) {
    if (!fresh.has(name)) assert.ok(part.includes(`\`${name}\``), name);
  }
});

Deno.test("what docs/migrating.md says of removed directives is so", () => {
  const [exact, byHand] = section("Removed directives").split("Where nothing does exactly the same");
  const rows = (part: string) => [...part.matchAll(/^\| `(.+?)` +\| (.+?) +\|$/gm)];
  const modernised = (line: string) => modernise(`backend web\n  ${line}\n`);
  assert.ok(rows(exact!).length >= 12);
  for (const [, line, by] of rows(exact!)) {
    const { replaced, refused } = modernised(line!);
    assert.deepEqual({ replaced, refused }, { replaced: [{ line, by: by!.slice(1, -1) }], refused: [] });
  }
  assert.ok(rows(byHand!).length >= 6);
  for (const [, line] of rows(byHand!)) assert.equal(modernised(line!).refused.length, 1, line);
});

Deno.test("the pages about moving name flags, files and sections that there are", () => {
  // Of Docker and of the DC/OS command line.
  const others = new Set(["ulimit", "options"]);
  const known = new Set<string>(flags.map(({ name }) => name));
  for (const page of pages) {
    for (const name of flagsIn(page.text)) {
      assert.ok(known.has(name) || others.has(name), `${page.name}: --${name}`);
    }
    for (const [, target] of page.text.matchAll(/\]\(([^)]+)\)/g)) {
      const [path, anchor] = target!.split("#");
      const file = path ? new URL(path, page.file) : page.file;
      assert.ok(existsSync(file), `${page.name}: ${target}`);
      if (anchor) assert.ok(anchorsOf(readFileSync(file, "utf8")).has(anchor), `${page.name}: ${target}`);
    }
    for (const [, json] of page.text.matchAll(/```json\n([^]*?)```/g)) JSON.parse(json!);
  }
});

/** The anchors of a page's headings, as they are made where it is read. */
function anchorsOf(markdown: string): Set<string> {
  const headings = [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);
  return new Set(
    headings.map((heading) => heading.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-")),
  );
}
