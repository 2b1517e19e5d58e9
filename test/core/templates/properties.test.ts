import fc from "fast-check";
import assert from "node:assert/strict";
import { compilePlaceholders } from "../../../lib/core/templates/compilePlaceholders.ts";
import { parsePlaceholders } from "../../../lib/core/templates/parsePlaceholders.ts";

const runs = { numRuns: 100 };

/** Text as it occurs in templates: mostly what both syntaxes and HAProxy care about. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom(
      "{",
      "}",
      "{{",
      "}}",
      "[",
      "]",
      "\\",
      "~",
      "#",
      "!",
      "&",
      "\n",
      "\r\n",
      " ",
      "name",
    ),
  }),
);
const escaped = (text: string) => text.replace(/[{}]/g, "$&$&");

Deno.test("property: escaped text renders to itself", () => {
  fc.assert(
    fc.property(text, (text) => assert.equal(compilePlaceholders(escaped(text), [])({}), text)),
    runs,
  );
});

Deno.test("property: values stand between the texts unchanged, even if they look like templates", () => {
  fc.assert(
    fc.property(text, text, text, (before, value, after) => {
      const template = compilePlaceholders(`${escaped(before)}{name}${escaped(after)}`, ["name"]);
      assert.equal(template({ name: value }), before + value + after);
    }),
    runs,
  );
});

Deno.test("property: any text is parsed, or refused with a RangeError", () => {
  fc.assert(
    fc.property(text, (source) => {
      try {
        for (const part of parsePlaceholders(source, ["name"])) {
          if ("path" in part) assert.equal(part.path[0], "name");
        }
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }),
    runs,
  );
});
