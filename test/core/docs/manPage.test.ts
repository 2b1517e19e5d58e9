import assert from "node:assert/strict";
import type { Flag } from "../../../lib/core/flags/flag.ts";
import { flagTable } from "../../../lib/core/flags/flagTable.ts";
import { commandWords } from "../../../tools/docs/commandWords.ts";
import { manPage } from "../../../tools/docs/manPage.ts";
import { escapeRoff, proseToRoff } from "../../../tools/docs/roff.ts";

const page = manPage();

const texts: readonly [markdown: string, roff: string][] = [
  ["One. Two of it.", "One.\nTwo of it."],
  ["See `--a-b` and [there](#x).", "See \\fB\\-\\-a\\-b\\fR and there."],
  ["With --max-backoff and /etc/ssl.", "With \\fB\\-\\-max\\-backoff\\fR and \\fB/etc/ssl\\fR."],
  ["the self-signed one's", "the self-signed one\\(aqs"],
  ["`\\n`", "\\fB\\en\\fR"],
  [`${"word ".repeat(14)}.hidden`, `${"word ".repeat(14)}.hidden`],
  [`${"word ".repeat(16)}.hidden`, `${"word ".repeat(16).trimEnd()}\n\\&.hidden`],
];
for (const [markdown, roff] of texts) {
  Deno.test(`proseToRoff: ${JSON.stringify(markdown)}`, () => assert.equal(proseToRoff(markdown), roff));
}

Deno.test("escapeRoff: no text becomes a request or an escape", () => {
  assert.equal(
    escapeRoff(".TH \\fB 'a' `b` ^ ~ --c"),
    "\\&.TH \\efB \\(aqa\\(aq \\(gab\\(ga \\(ha \\(ti \\-\\-c",
  );
});

Deno.test("the manual page has every flag, short form, mode and command", () => {
  for (const { name, short } of flagTable as readonly Flag[]) {
    const forms = `${short ? `\\fB\\-${short}\\fR, ` : ""}\\fB\\-\\-${name.replaceAll("-", "\\-")}\\fR`;
    assert.ok(page.split("\n").some((line) => line === forms || line.startsWith(`${forms} `)), name);
  }
  for (const { name } of commandWords) {
    assert.ok(page.includes(`\n.TP\n\\fB${name.replaceAll("-", "\\-")}\\fR`), name);
  }
});

Deno.test("the manual page is in ASCII and shows nothing of what it is made from", () => {
  assert.match(page, /^[\n -~]*$/);
  assert.doesNotMatch(page, /undefined|\[object|`|\]\(/);
});
