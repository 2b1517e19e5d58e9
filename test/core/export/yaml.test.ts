import assert from "node:assert/strict";
import fc from "fast-check";
import { yamlText } from "../../../lib/core/export/yaml.ts";

Deno.test("YAML: block style, each text in double quotes, empty lists and objects on one line", () => {
  const value = {
    kind: "Service",
    "a.b/c": "no",
    y: 1,
    gone: undefined,
    spec: {
      ports: [{ name: "1e3", port: 80, on: true }, { name: "x", list: [["a"], []] }],
      none: {},
      empty: [],
    },
  };
  assert.equal(
    yamlText(value),
    [
      'kind: "Service"',
      '"a.b/c": "no"',
      '"y": 1',
      "spec:",
      "  ports:",
      '    - name: "1e3"',
      "      port: 80",
      '      "on": true',
      '    - name: "x"',
      "      list:",
      '        - - "a"',
      "        - []",
      "  none: {}",
      "  empty: []",
      "",
    ].join("\n"),
  );
});

Deno.test("YAML: any text stays on its line, is readable as JSON, and has only characters that YAML allows", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const written = yamlText({ name: text }).slice("name: ".length, -1);
      assert.equal(JSON.parse(written), text);
      assert.doesNotMatch(written, /[\p{Cc}\u2028\u2029\ufeff\ufffe\uffff]/u);
      assert.ok(written.isWellFormed());
    }),
    { numRuns: 50 },
  );
});
