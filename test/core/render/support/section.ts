import assert from "node:assert/strict";
import { splitSections } from "../../../../lib/core/plan/describe.ts";

/** The lines of one section of a configuration, such as `backend web_10001`, without their indentation. */
export function section(text: string, name: string): string[] {
  const lines = splitSections(text).get(name);
  assert.ok(lines, `no section ${JSON.stringify(name)} in:\n${text}`);
  return lines.map((line) => line.trim());
}
