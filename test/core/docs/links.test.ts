import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { anchor } from "../../../lib/core/docs/markdown.ts";

const root = new URL("../../../", import.meta.url);
const notOurs = /^(?:\.git|node_modules|dist)\//;
const pages = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".md") && !notOurs.test(path)).sort();

Deno.test("there are pages to look at", () => {
  for (const path of ["README.md", "docs/reference.md", "tools/simulated-marathon/README.md"]) {
    assert.ok(pages.includes(path), path);
  }
});

for (const path of pages) {
  Deno.test(`every relative link of ${path} leads to a file, and to a heading in it`, () => {
    const page = new URL(path, root);
    for (const target of relativeLinks(readFileSync(page, "utf8"))) {
      const [file, heading] = target.split("#");
      const url = file ? new URL(file, page) : page;
      assert.ok(existsSync(url), `${target}: there is no such file`);
      if (heading === undefined) continue;
      assert.ok(anchors(readFileSync(url, "utf8")).has(heading), `${target}: there is no such heading`);
    }
  });
}

function relativeLinks(markdown: string): string[] {
  const targets = [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

function anchors(markdown: string): Set<string> {
  const headings = [...withoutFences(markdown).matchAll(/^#+ (.*)$/gm)];
  return new Set(headings.map((match) => anchor(match[1]!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1"))));
}

/** Blocks of code have lines that look like headings. */
function withoutFences(markdown: string): string {
  return markdown.replaceAll(/^( *)```[^]*?^\1```$/gm, "");
}

/** What stands in code is no link. */
function withoutCode(markdown: string): string {
  return withoutFences(markdown).replaceAll(/`[^`\n]*`/g, "code");
}
