import assert from "node:assert/strict";
import { parsePlaceholders, type PlaceholderPart } from "../../../lib/core/templates/parsePlaceholders.ts";

const names = ["backend", "healthCheck"];
const text = (text: string) => ({ text });
const path = (...path: string[]) => ({ path });

const table: [source: string, parts: PlaceholderPart[]][] = [
  ["", []],
  ["plain $ % \\ text\n", [text("plain $ % \\ text\n")]],
  ["{backend}", [path("backend")]],
  ["a {backend} b{backend}", [text("a "), path("backend"), text(" b"), path("backend")]],
  ["if {{ ssl_fc }}", [text("if { ssl_fc }")]],
  ["{{{backend}}}", [text("{"), path("backend"), text("}")]],
  ["{{backend}}", [text("{backend}")]],
  ["{{{{", [text("{{")]],
  ["{healthCheck[path]}", [path("healthCheck", "path")]],
  ["{healthCheck[a][b c]}", [path("healthCheck", "a", "b c")]],
];
for (const [source, parts] of table) {
  Deno.test(`parsePlaceholders: ${JSON.stringify(source)}`, () => {
    assert.deepEqual(parsePlaceholders(source, names), parts);
  });
}

const single = (brace: string, position: number) =>
  `it has a single "${brace}" at character ${position}; a literal brace is written twice`;
const unknown = (expression: string) =>
  `it uses {${expression}}; expected one of {backend}, {healthCheck}, or {{ and }} for literal braces`;

const errors: [source: string, message: string][] = [
  ["if { ssl_fc }", unknown(" ssl_fc ")],
  ["{", single("{", 1)],
  ["ab}", single("}", 3)],
  ["{a{b}", single("{", 1)],
  ["{{ok}} {", single("{", 8)],
  ["{}", unknown("")],
  ["{0}", unknown("0")],
  ["{Backend}", unknown("Backend")],
  ["{backend:>10}", unknown("backend:>10")],
  ["{backend!r}", unknown("backend!r")],
  ["{backend.length}", unknown("backend.length")],
  ["{backend[]}", unknown("backend[]")],
  ["{backend[a}", unknown("backend[a")],
  ["{constructor}", unknown("constructor")],
];
for (const [source, message] of errors) {
  Deno.test(`parsePlaceholders: ${JSON.stringify(source)} is an error`, () => {
    assert.throws(() => parsePlaceholders(source, names), { name: "RangeError", message });
  });
}

Deno.test("parsePlaceholders: a template without values", () => {
  assert.throws(() => parsePlaceholders("{a}", []), {
    name: "RangeError",
    message: "it uses {a}; expected no placeholders, or {{ and }} for literal braces",
  });
});
