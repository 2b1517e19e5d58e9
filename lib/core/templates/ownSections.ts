import { quoted } from "../text.ts";
import type { TemplateRow } from "./templateTable.ts";

/**
 * The keywords that begin a section of HAProxy wherever one is the first word of a line. They are those of
 * `REGISTER_CONFIG_SECTION` in the sources of 2.6 to 3.4, and `program`, which 3.3 has removed.
 */
const sectionKeywords = new Set([
  ...["acme", "backend", "cache", "crt-store", "defaults", "fcgi-app", "frontend", "global", "healthcheck"],
  ...["http-errors", "listen", "log-forward", "log-profile", "mailers", "namespace_list", "peers", "program"],
  ...["resolvers", "ring", "spoe-agent", "spoe-group", "spoe-message", "traces", "userlist"],
]);

/**
 * White space and comments of HAProxy's parser (configuration manual, section 2.2); JavaScript's white space includes
 * more.
 */
const idleLine = /^[ \t\v\f\r]*(?:#.*)?$/;
/** The first word, if it is plain. Quotes, escapes and variables could hide any other. */
const plainLine = /^[ \t\v\f\r]*([A-Za-z][\w-]*)(?:[ \t\v\f]+([^ \t\v\f\r#]*))?(?=[ \t\v\f\r#]|$)/;

/** The keyword and name of the section that a line begins. The name may be empty. Undefined for any other line. */
export function sectionOf(line: string): { keyword: string; name: string } | undefined {
  const [, keyword = "", name = ""] = plainLine.exec(line) ?? [];
  return sectionKeywords.has(keyword) ? { keyword, name } : undefined;
}

/** Whether HAProxy ignores all of a rendered text. */
export function isIdle(text: string): boolean {
  return text.split("\n").every((line) => idleLine.test(line));
}

/**
 * Makes sure that the text of a label's template stays in its section. A head may begin its own section, and has to do
 * so before anything else; any other template may begin none. Lines of `.if` and its kind, and scopes (`[name]`), would
 * reach beyond the section too.
 *
 * @param values the values of the template, which name its own section
 * @throws {RangeError} for a line that leaves it. The message names the label, the line and what was expected
 */
export function assertOwnSection(row: TemplateRow, label: string, text: string, values: object): void {
  const own = (row.opens ?? []).map((section) => filled(section, values));
  let opened = own.length === 0;
  // The first line of an inline template continues a line of the template around it.
  for (const line of text.split("\n").slice(row.inline ? 1 : 0)) {
    if (idleLine.test(line)) continue;
    const [, word, name] = plainLine.exec(line) ?? [];
    const wrong = `${label} has the line ${quoted(line.trim())}`;
    if (word === undefined) {
      throw new RangeError(`${wrong}; expected a first word without quotes, escapes and dots (${advice})`);
    }
    if (!opened) {
      if (!own.includes(`${word} ${name ?? ""}`)) {
        throw new RangeError(
          `${wrong}; expected ${own.map(quoted).join(" or ")} before any other (${advice})`,
        );
      }
      opened = true;
    } else if (sectionKeywords.has(word)) {
      const allowed = own.length === 0 ? "no section" : `no section other than its own, once`;
      throw new RangeError(`${wrong}, which begins a section; expected ${allowed} (${advice})`);
    }
  }
}

const advice = "--trust-template-labels allows all";

function filled(section: string, values: object): string {
  return section.replace(/\{(\w+)\}/g, (_, name) => String((values as Record<string, unknown>)[name]));
}
