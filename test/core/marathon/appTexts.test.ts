import fc from "fast-check";
import assert from "node:assert/strict";
import { AppsReader } from "../../../lib/core/marathon/appsReader.ts";
import type { AppText } from "../../../lib/core/marathon/appTexts.ts";
import { type Cluster, emptyCluster } from "../../../lib/core/marathon/cluster.ts";

interface Answer {
  readonly cluster: Cluster;
  readonly texts: readonly AppText[];
}

const nothing: Answer = { cluster: emptyCluster, texts: [] };

/** Reads an answer after another one. @param size bytes of the pieces in which it comes */
function read(text: string, before: Answer, size = 1_000): Answer {
  const reader = new AppsReader(before.cluster.apps, before.texts);
  const bytes = new TextEncoder().encode(text);
  for (let start = 0; start < bytes.length; start += size) reader.feed(bytes.slice(start, start + size));
  return { cluster: reader.end(), texts: reader.texts };
}

/** The last of some answers, each read after the one before. */
function readAll(texts: readonly string[], size?: number): Answer {
  return texts.reduce((before, text) => read(text, before, size), nothing);
}

const time = (minute: number) => `2026-11-01T08:${String(minute).padStart(2, "0")}:00.000Z`;
const app = (id: string, more = "", checked = time(1)) =>
  `{"id":"${id}","labels":{"a":"ü"}${more},"tasks":[{"id":"t","host":"h","healthCheckResults":[` +
  `{"alive":true,"lastSuccess":"${checked}","lastFailure":null}]}]}`;
const answer = (...apps: readonly string[]) => `{"apps":[${apps.join(",")}]}`;

Deno.test("AppTexts: nothing is remembered of a first answer, as most programs ask once", () => {
  assert.deepEqual(readAll([answer(app("/a"))]).texts, []);
});

Deno.test("AppTexts: an app of which only the time of a check differs is the text of before", () => {
  const ids = ["/a", "/b", "/c"];
  const first = answer(...ids.map((id) => app(id)));
  const before = readAll([first, first]);
  for (const size of [1, 7, 100, 190, 100_000]) {
    const after = read(answer(...ids.map((id, index) => app(id, "", time(20 + index)))), before, size);
    assert.deepEqual([...after.cluster.apps], [...before.cluster.apps]);
    // The last one has no comma behind it, and is read.
    assert.deepEqual(after.texts.slice(0, 2).map((text, index) => text === before.texts[index]), [
      true,
      true,
    ]);
  }
});

Deno.test("AppTexts: apps that follow one that is new, gone, moved or changed are the texts of before", () => {
  const [a, b, c, d, z] = ["/a", "/b", "/c", "/d", "/z"].map((id) => app(id)) as [string, ...string[]];
  const before = readAll([answer(a, b!, c!, d!, z!), answer(a, b!, c!, d!, z!)]);
  const changed = app("/b", ',"instances":2');
  const cases: [apps: string[], kept: string[]][] = [
    [[app("/new"), a, b!, c!, d!, z!], ["/a", "/b", "/c", "/d"]],
    [[a, c!, d!, z!], ["/a", "/d"]],
    [[a, changed, c!, d!, z!], ["/a", "/c", "/d"]],
    [[c!, d!, a, b!, z!], ["/d", "/b"]],
  ];
  for (const [apps, kept] of cases) {
    for (const size of [1, 100, 100_000]) {
      const { texts } = read(answer(...apps), before, size);
      const known = new Set(before.texts);
      assert.deepEqual(texts.filter((text) => known.has(text)).map(({ app }) => app.id), kept);
    }
  }
});

const changes: [what: string, before: string, after: string][] = [
  ["a label", '{"id":"/a","labels":{"HAPROXY_GROUP":"x"}}', '{"id":"/a","labels":{"HAPROXY_GROUP":"y"}}'],
  [
    "a task's port",
    '{"id":"/a","tasks":[{"id":"t","ports":[1]}]}',
    '{"id":"/a","tasks":[{"id":"t","ports":[2]}]}',
  ],
  [
    "the health of a task",
    '{"id":"/a","tasks":[{"id":"t","healthCheckResults":[{"alive":false}]}]}',
    '{"id":"/a","tasks":[{"id":"t","healthCheckResults":[{"alive":true} ]}]}',
  ],
  [
    "a label that is named as the time is",
    `{"id":"/a","labels":{"lastSuccess":"${time(1)}"}}`,
    `{"id":"/a","labels":{"lastSuccess":"${time(2)}"}}`,
  ],
  [
    "a label whose name ends as the time's",
    String.raw`{"id":"/a","labels":{"x\"lastSuccess":"${time(1)}"}}`,
    String.raw`{"id":"/a","labels":{"x\"lastSuccess":"${time(2)}"}}`,
  ],
  [
    "the text of a label that looks like the time",
    String.raw`{"id":"/a","labels":{"x":"\"lastSuccess\":\"${time(1)}\""}}`,
    String.raw`{"id":"/a","labels":{"x":"\"lastSuccess\":\"${time(2)}\""}}`,
  ],
  [
    "what a time hides that ends early",
    `{"id":"/a","x":{"lastSuccess":"${time(1)}"},"instances":1}`,
    `{"id":"/a","x":{"lastSuccess":"","y":"123456789012345"},"instances":2}`,
  ],
];
for (const [what, first, second] of changes) {
  Deno.test(`AppTexts: a change of ${what} is noticed`, () => {
    const before = readAll([answer(first, app("/z")), answer(first, app("/z"))]);
    const after = read(answer(second, app("/z")), before);
    assert.deepEqual([...after.cluster.apps], [...readAll([answer(second, app("/z"))]).cluster.apps]);
    assert.notDeepEqual(after.cluster.apps.get("/a"), before.cluster.apps.get("/a"));
  });
}

Deno.test("AppTexts: a text that is JSON no more is refused, also where only a time differs", () => {
  const first = answer(app("/a"), app("/z"));
  const before = readAll([first, first]);
  for (
    const broken of ['2026"11-01T08:01:00.000Z', "2026\n11-01T08:01:00.000Z", "2026-11-01T08:01:00.000\\"]
  ) {
    assert.throws(() => read(answer(app("/a", "", broken), app("/z")), before), SyntaxError);
  }
});

/** Values of the member that is left out, and of others. */
const values = fc.oneof(
  fc.integer({ min: 0, max: 59 }).map((minute) => JSON.stringify(time(minute))),
  fc.constantFrom(
    "null",
    "7",
    '""',
    '"2026-11-01"',
    String.raw`"\"lastSuccess\":\"2026-11-01T08"`,
    '{"a":[1,2]}',
  ),
  fc.string({ unit: "grapheme", maxLength: 30 }).map((text) => JSON.stringify(text)),
);
const members = fc.tuple(fc.constantFrom("lastSuccess", "alive", 'x\\"lastSuccess', "S"), values)
  .map(([name, value]) => `"${name}":${value}`);
const objects = fc.array(members, { maxLength: 3 }).map((parts) => `{${parts.join(",")}}`);
const apps = fc.record({
  id: fc.constantFrom("/a", "/b", "/c", "/d", "/e"),
  labels: fc.oneof({ weight: 3, arbitrary: fc.constantFrom("{}", '{"HAPROXY_GROUP":"ü"}') }, {
    weight: 1,
    arbitrary: objects,
  }),
  results: fc.array(objects, { maxLength: 2 }),
  instances: fc.constantFrom(1, 2),
  end: fc.constantFrom("", " "),
}).map(({ id, labels, results, instances, end }) =>
  `{"id":"${id}","labels":${labels},"instances":${instances},"tasks":[{"id":"t","healthCheckResults":[${results}]}]${end}}`
);

Deno.test("AppTexts: answers one after the other come to what each comes to when all of it is read", () => {
  const answers = fc.array(fc.array(apps, { maxLength: 6 }), { minLength: 2, maxLength: 5 });
  const repeats = fc.array(fc.nat(), { maxLength: 6 });
  fc.assert(
    fc.property(answers, repeats, fc.integer({ min: 1, max: 300 }), (lists, again, size) => {
      // Most apps of an answer stand in the one before, too.
      const texts = lists.flatMap((list, index) => {
        const former = lists[index - 1] ?? [];
        const mixed = [...list, ...again.flatMap((number) => former[number % (former.length || 1)] ?? [])];
        return [answer(...mixed), answer(...mixed.slice(1), ...mixed.slice(0, 1)), answer(...mixed)];
      });
      let before = nothing;
      for (const text of texts) {
        const expected = read(text, { ...before, texts: [] }, size).cluster;
        before = read(text, before, size);
        assert.deepEqual([...before.cluster.apps], [...expected.apps]);
        assert.deepEqual([...before.cluster.problems], [...expected.problems]);
      }
    }),
    { numRuns: 300 },
  );
});
