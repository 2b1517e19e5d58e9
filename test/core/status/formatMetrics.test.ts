import assert from "node:assert/strict";
import { formatMetrics } from "../../../lib/core/status/formatMetrics.ts";
import type { Metric } from "../../../lib/core/status/Metric.ts";

const metric: Metric = { name: "things", type: "gauge", help: "Things.", samples: [] };

const cases: readonly [name: string, metrics: readonly Metric[], text: string][] = [
  ["nothing", [], ""],
  ["a metric without values", [metric], ""],
  [
    "a value",
    [{ ...metric, samples: [{ value: 1.5 }] }],
    "# HELP things Things.\n# TYPE things gauge\nthings 1.5\n",
  ],
  [
    "values by labels",
    [{
      ...metric,
      type: "counter",
      samples: [{ labels: { a: "x", b: "y" }, value: 0 }, { labels: {}, value: 2 }],
    }],
    '# HELP things Things.\n# TYPE things counter\nthings{a="x",b="y"} 0\nthings 2\n',
  ],
  [
    "what has to be escaped",
    [{ ...metric, help: 'a\\b\n"c"', samples: [{ labels: { file: 'a\\b\n"c"' }, value: 1 }] }],
    '# HELP things a\\\\b\\n"c"\n# TYPE things gauge\nthings{file="a\\\\b\\n\\"c\\""} 1\n',
  ],
];

for (const [name, metrics, text] of cases) {
  Deno.test(`formatMetrics: ${name}`, () => assert.equal(formatMetrics(metrics), text));
}
