import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { version } from "../../../lib/core/version.ts";
import { controlFile, debianChangelog } from "../../../tools/release/debianTexts.ts";

const maintainer = "Ada <ada@example.com>";
const markdown = `# Changelog

## Unreleased

- Is not out.

## 1.1.0 (2026-12-01)

Two things. See
[the page](docs/a.md).

### Traffic

- \`--flag\` does **one** thing that is described in more words than go into one line of a changelog of
  Debian, which has 80 columns ([docs](b.md)).
- Short.

## 1.0.0 (2026-11-23)

- First.
`;

Deno.test("debianChangelog: an entry for each release, wrapped and without Markdown", () => {
  assert.equal(
    debianChangelog(markdown, { version: "1.1.0", time: 0, maintainer }),
    `marathon-lb (1.1.0) stable; urgency=medium

  * Two things. See the page.

  [ Traffic ]
  * --flag does one thing that is described in more words than go into one line
    of a changelog of Debian, which has 80 columns (docs).
  * Short.

 -- Ada <ada@example.com>  Tue, 01 Dec 2026 00:00:00 +0000

marathon-lb (1.0.0) stable; urgency=medium

  * First.

 -- Ada <ada@example.com>  Mon, 23 Nov 2026 00:00:00 +0000
`,
  );
});

Deno.test("debianChangelog: without a section for the version, the Unreleased part is its entry", () => {
  const [first] = debianChangelog(markdown, { version: "1.2.0", time: 1, maintainer }).split("\n\n -- ");
  assert.equal(first, "marathon-lb (1.2.0) stable; urgency=medium\n\n  * Is not out.");
});

Deno.test("debianChangelog: an older version begins with its own entry; an unknown one is refused", () => {
  assert.match(
    debianChangelog(markdown, { version: "1.0.0", time: 0, maintainer }),
    /^marathon-lb \(1\.0\.0\)/,
  );
  const released = markdown.replace("Unreleased", "Notes");
  assert.throws(() => debianChangelog(released, { version: "9", time: 0, maintainer }), /no section for 9/);
});

Deno.test("debianChangelog: CHANGELOG.md fits into 80 columns, and dpkg's form", () => {
  const ours = readFileSync(new URL("../../../CHANGELOG.md", import.meta.url), "utf8");
  const lines = debianChangelog(ours, { version, time: 0, maintainer }).split("\n");
  assert.ok(lines.length > 100);
  for (const line of lines) {
    assert.match(line, /^$|^marathon-lb \(\d\S*\) stable; urgency=medium$|^ {2,4}\S| -- .+ <.+> {2}\w{3}, /);
    // A word that is longer has its own line.
    assert.ok(line.length <= 80 || line.trim().split(" ").length <= 2, line);
  }
});

Deno.test("controlFile: it depends on a HAProxy that is supported, and on what the executable links to", () => {
  const text = controlFile({
    version: "1.1.0",
    architecture: "arm64",
    maintainer,
    libraries: ["libc6", "libgcc-s1"],
    glibc: "2.28",
    kibibytes: 7,
  });
  assert.match(text, /^Architecture: arm64$/m);
  assert.match(text, /^Installed-Size: 7$/m);
  assert.match(text, /^Depends: adduser, haproxy \(>= 2\.6\), libc6 \(>= 2\.28\), libgcc-s1$/m);
  // Each line of the description's body is indented, as dpkg requires.
  assert.match(text, /\nDescription: \S.{0,79}\n(?: \S.{0,79}\n)+$/);
});
