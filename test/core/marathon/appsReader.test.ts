import fc from "fast-check";
import assert from "node:assert/strict";
import type { App } from "../../../lib/core/marathon/app.ts";
import { AppsReader } from "../../../lib/core/marathon/appsReader.ts";
import { readApps } from "../../../lib/core/marathon/cluster.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function read(text: string, { size = 7, known }: { size?: number; known?: ReadonlyMap<string, App> } = {}) {
  const reader = new AppsReader(known);
  const whole = bytes(text);
  for (let start = 0; start < whole.length; start += size) reader.feed(whole.subarray(start, start + size));
  return reader.end();
}

const answers: [what: string, text: string, ids: string[], problems: number][] = [
  ["no app", '{"apps":[]}', [], 0],
  ["spaces everywhere", ' { "apps" : [ { "id" : "/a" } , { "id" : "/b" } ] } ', ["/a", "/b"], 0],
  ["other members before", '{"offset":0,"apps":[{"id":"/a"}]}', ["/a"], 0],
  ["other members behind", '{"apps":[{"id":"/a"}],"links":[{"rel":"x"}]}', ["/a"], 0],
  ["brackets and quotes in a text", String.raw`{"apps":[{"id":"/a","cmd":"]}\"\\,["},{"id":"/b"}]}`, [
    "/a",
    "/b",
  ], 0],
  ["nested lists", '{"apps":[{"id":"/a","constraints":[["x","y"],[]],"env":{"a":{"b":[1]}}}]}', ["/a"], 0],
  ["characters of several bytes", '{"apps":[{"id":"/a","cmd":"größer ☃ 😀"}]}', ["/a"], 0],
  ["a long way to the list", `{"offset":"${"x".repeat(2000)}","apps":[{"id":"/a"}]}`, ["/a"], 0],
  ["what is no app", '{"apps":[7,"/x",null,{"id":"/a"},{"id":8}]}', ["/a"], 4],
];

for (const [what, text, ids, problems] of answers) {
  for (const size of [1, 3, 1000]) {
    Deno.test(`AppsReader: ${what}, in pieces of ${size}`, () => {
      const cluster = read(text, { size });
      assert.deepEqual([...cluster.apps.keys()], ids);
      assert.equal(cluster.problems.size, problems);
    });
  }
}

const unfit: [text: string, error: typeof SyntaxError | typeof TypeError][] = [
  ["", SyntaxError],
  ["<html>", SyntaxError],
  ['{"apps":[{"id":"/a"}', SyntaxError],
  ['{"apps":[{"id":"/a"}]', SyntaxError],
  ['{"apps":[{"id":"/a"},]}', SyntaxError],
  ['{"apps":[,]}', SyntaxError],
  ['{"apps":[{"id":"/a"}}}', SyntaxError],
  ['{"apps":[{"id":"/a"}]}]', SyntaxError],
  ['{"apps":[{"id":"/a" "cmd":1}]}', SyntaxError],
  ['{"apps":[}', SyntaxError],
  ['{"apps":{}}', TypeError],
  ['{"message":"no"}', TypeError],
  ["[]", TypeError],
  ["null", TypeError],
];

for (const [text, error] of unfit) {
  Deno.test(`AppsReader: refuses ${JSON.stringify(text)}`, () => {
    for (const size of [1, 5, 1000]) assert.throws(() => read(text, { size }), error);
  });
}

Deno.test("AppsReader: reads what JSON.parse reads, however it is cut", () => {
  const texts = fc.array(
    fc.record({ id: fc.stringMatching(/^\/[a-z]{1,5}$/), cmd: fc.string({ unit: "grapheme" }) }),
  );
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 50 }), fc.boolean(), (apps, size, pretty) => {
      const text = JSON.stringify({ apps }, null, pretty ? 2 : 0);
      const expected = new Map(readApps(JSON.parse(text)).apps.map((app) => [app.id, app]));
      assert.deepEqual(read(text, { size }).apps, expected);
    }),
  );
});

Deno.test("AppsReader: an app that says the same stays the same object", () => {
  const known = read('{"apps":[{"id":"/a","instances":1},{"id":"/b","instances":1}]}').apps;
  const { apps } = read('{"apps":[{"id":"/b","instances":2},{"id":"/a","instances":1}]}', { known });
  assert.equal(apps.get("/a"), known.get("/a"));
  assert.notEqual(apps.get("/b"), known.get("/b"));
});

/** JSON of an app with a member of so many bytes before its id, or behind it. */
function largeApp(size: number, id = "/big", before = false): string {
  const unit = String.raw`]}\"\\,[`;
  const member = `"cmd":"${unit.repeat(Math.ceil(size / unit.length))}"`;
  const nested = '"container":{"id":"/inner"},"labels":{"id":"/label"}';
  return before ? `{${nested},${member},"id":"${id}"}` : `{${nested},"id":"${id}",${member}}`;
}

for (const size of [65_536, 30_000_000]) {
  for (const before of [false, true]) {
    Deno.test(`AppsReader: an app of more than 8 MiB is left out alone, its id ${before ? "last" : "first"}, in pieces of ${size}`, () => {
      const big = largeApp(9_000_000, "/group/big", before);
      const { apps, problems } = read(`{"apps":[{"id":"/a"},${big},{"id":"/z"},${big.slice(0, -1)} }]}`, {
        size,
      });
      assert.deepEqual([...apps.keys()], ["/a", "/z"]);
      assert.deepEqual([...problems], [["/group/big", {
        code: "app-too-large",
        severity: "excluded",
        app: "/group/big",
        message: "/group/big is left out: its JSON has more than 8 MiB with its tasks; expected less",
      }]]);
    });
  }
}

Deno.test("AppsReader: an app of less than 8 MiB is read", () => {
  const { apps, problems } = read(`{"apps":[${largeApp(8_000_000)}]}`, { size: 65_536 });
  assert.deepEqual([[...apps.keys()], problems.size], [["/big"], 0]);
});

for (
  const [id, what] of [["no id", "no path"], [`/${"x".repeat(2_000)}`, "too long"], ["/a\\q", "no JSON"]]
) {
  Deno.test(`AppsReader: an app that is too large is known by its place where its id is ${what}`, () => {
    const { problems } = read(`{"apps":[{"id":"/a"},${largeApp(9_000_000, id)}]}`, { size: 65_536 });
    assert.deepEqual([...problems.keys()], ["app number 2 of the answer"]);
  });
}

Deno.test("AppsReader: of an app of 300 MB nothing is kept", () => {
  const reader = new AppsReader();
  reader.feed(bytes('{"apps":[{"id":"/big","cmd":"'));
  const piece = new Uint8Array(65_536).fill(48);
  for (let fed = 0; fed < 300_000_000; fed += piece.length) reader.feed(piece);
  reader.feed(bytes('"},{"id":"/a"}]}'));
  const { apps, problems } = reader.end();
  assert.deepEqual([[...apps.keys()], [...problems.keys()]], [["/a"], ["/big"]]);
});

for (
  const [what, begin, told] of [
    ["before the apps", '{"offset":"', /does not begin with the apps and has more than 32 MiB/],
    ["behind the apps", '{"apps":[{"id":"/a"}],"x":"', /continues for more than 1 MiB behind the apps/],
  ] as const
) {
  Deno.test(`AppsReader: an answer of gigabytes ${what} is refused before it is held`, () => {
    const reader = new AppsReader();
    reader.feed(bytes(begin));
    const piece = new Uint8Array(65_536).fill(48);
    assert.throws(() => {
      for (let fed = 0; fed < 2 ** 30; fed += piece.length) reader.feed(piece);
    }, told);
    assert.ok(reader.bytes < 34 * 2 ** 20);
  });
}

const repeats: [what: string, apps: string, ids: [string, number][], problem: string | undefined][] = [
  [
    "two apps of one id",
    '{"id":"/a","instances":1},{"id":"/b"},{"id":"/a","instances":2}',
    [["/a", 1], ["/b", 0]],
    "/a is in Marathon's answer 2 times, as apps number 1, 3; the first that fits is served, what else has this id is " +
    "left out",
  ],
  [
    "an app that does not fit before one of its id that does",
    '{"id":"/a","labels":7},{"id":"/a","instances":2}',
    [["/a", 2]],
    "/a is in Marathon's answer 2 times, as apps number 1, 2; the first that fits is served, what else has this id is " +
    "left out",
  ],
  [
    "two apps of one id of which none fits",
    '{"id":"/a","labels":7},{"id":"/a","labels":8}',
    [],
    "/a is left out: its labels are 8; expected an object of strings",
  ],
  [
    "ids that differ by case or a slash at the end are different ids",
    '{"id":"/a"},{"id":"/A"},{"id":"/a/"}',
    [["/a", 0], ["/A", 0], ["/a/", 0]],
    undefined,
  ],
];
for (const [what, apps, ids, problem] of repeats) {
  Deno.test(`AppsReader: ${what}`, () => {
    for (const text of [`{"apps":[${apps}]}`, `{"first":"${"x".repeat(300)}","apps":[${apps}]}`]) {
      const cluster = read(text);
      assert.deepEqual([...cluster.apps.values()].map(({ id, instances }) => [id, instances]), ids);
      assert.deepEqual(
        [...cluster.problems.values()].map(({ message }) => message),
        problem ? [problem] : [],
      );
    }
  });
}

Deno.test("AppsReader: a second list of apps in one answer is refused, also an empty one", () => {
  for (const second of ["[]", '[{"id":"/b"}]', "7"]) {
    assert.throws(() => read(`{"apps":[{"id":"/a"}],"apps":${second}}`), /has two lists of apps/);
  }
});

/** What stands in place of an app, or in it, and must hurt no other app. */
const hostile: [what: string, app: string][] = [
  ["lists nested 100,000 deep", "[".repeat(100_000) + "]".repeat(100_000)],
  ["labels nested 100,000 deep", `{"id":"/x","labels":${"[".repeat(100_000) + "]".repeat(100_000)}}`],
  [
    "a label nested 100,000 deep",
    `{"id":"/x","labels":{"a":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}}`,
  ],
  ["an id nested 100,000 deep", `{"id":${"[".repeat(100_000) + "]".repeat(100_000)}}`],
  ["a port of a task that is negative", '{"id":"/x","tasks":[{"id":"t","host":"h","ports":[-1]}]}'],
  [
    "a port of a container that is negative",
    '{"id":"/x","ipAddress":{"discovery":{"ports":[{"number":-1}]}}}',
  ],
  ["a port of a check beyond 65535", '{"id":"/x","healthChecks":[{"protocol":"TCP","port":65536}]}'],
  ["a task's port beyond 65535", '{"id":"/x","tasks":[{"id":"t","host":"h","ports":["70000"]}]}'],
  ["a port mapping beyond 65535", '{"id":"/x","container":{"portMappings":[{"containerPort":1e9}]}}'],
  ["an interval that is negative", '{"id":"/x","healthChecks":[{"protocol":"TCP","intervalSeconds":-5}]}'],
  [
    "an interval beyond all timers",
    '{"id":"/x","healthChecks":[{"protocol":"TCP","intervalSeconds":1e300}]}',
  ],
  ["fractions of failures", '{"id":"/x","healthChecks":[{"protocol":"TCP","maxConsecutiveFailures":0.5}]}'],
  [
    "a path of a check of megabytes",
    `{"id":"/x","healthChecks":[{"protocol":"HTTP","path":"/${"x".repeat(2 ** 20)}"}]}`,
  ],
  ["an id of megabytes", `{"id":"/${"x".repeat(2 ** 20)}"}`],
  ["an id that leads elsewhere", '{"id":"/../../v2/leader"}'],
  ["a label of a megabyte", `{"id":"/x","labels":{"HAPROXY_0_VHOST":"${"x".repeat(2 ** 20)}"}}`],
  ["a label's name of a megabyte", `{"id":"/x","labels":{"${"x".repeat(2 ** 20)}":7}}`],
  ["a label that was no UTF-8", '{"id":"/x","labels":{"HAPROXY_0_VHOST":"a\ufffd.com"}}'],
  ["a task's id of a megabyte", `{"id":"/x","tasks":[{"id":"${"x".repeat(2 ** 20)}"}]}`],
  ["a million ports", `{"id":"/x","ports":[${"1,".repeat(1_000_000)}1]}`],
  ["a million port mappings", `{"id":"/x","container":{"portMappings":[${"{},".repeat(1_000_000)}{}]}}`],
  ["a million health checks", `{"id":"/x","healthChecks":[${"{},".repeat(1_000_000)}{}]}`],
  ["a hundred thousand tasks", `{"id":"/x","tasks":[${'{"id":"t"},'.repeat(100_000)}{}]}`],
  [
    "a thousand tasks of a thousand ports",
    `{"id":"/x","portDefinitions":[${'{"port":1},'.repeat(999)}{}],"tasks":[${
      '{"id":"t"},'.repeat(1_000)
    }{}]}`,
  ],
  [
    "a hundred thousand labels",
    `{"id":"/x","labels":{${Array.from({ length: 100_000 }, (_, n) => `"${n}":""`)}}}`,
  ],
];
for (const [what, app] of hostile) {
  Deno.test(`AppsReader: ${what}: that app alone is left out`, () => {
    for (
      const text of [
        `{"apps":[{"id":"/a"},${app},{"id":"/z"}]}`,
        `{"x":"${"x".repeat(300)}","apps":[{"id":"/a"},${app},{"id":"/z"}]}`,
      ]
    ) {
      const { apps, problems } = read(text, { size: 65_536 });
      assert.deepEqual([...apps.keys()], ["/a", "/z"]);
      assert.equal(problems.size, 1);
      for (const [name, { app, message }] of problems) {
        assert.equal(name, app);
        assert.ok(message.length < 500, `a message of ${message.length} characters`);
        assert.match(message, /is left out: .*expected /);
      }
    }
  });
}

Deno.test("AppsReader: names of Object.prototype are members and labels like any other", () => {
  const text =
    '{"apps":[{"id":"/a","__proto__":{"ports":[1]},"constructor":7,"labels":{"__proto__":"a","constructor":"b"}}]}';
  const app = read(text).apps.get("/a")!;
  assert.deepEqual(app.ports, []);
  assert.deepEqual(Object.entries(app.labels), [["__proto__", "a"], ["constructor", "b"]]);
  assert.equal(app.labels.toString, undefined);
  assert.deepEqual(Object.keys(Object.prototype), []);
});

Deno.test("AppsReader: huge numbers and numbers in texts", () => {
  const app = read(
    '{"apps":[{"id":"/a","instances":1e400,"ports":["80",null,443]}]}',
  ).apps
    .get("/a")!;
  assert.deepEqual([app.instances, app.ports], [0, [80, 443]]);
  // Without it the ports behind it would be those of other services.
  for (const port of ["1e400", "12345678901234567890", '"0x50"']) {
    const { apps, problems } = read(`{"apps":[{"id":"/a","ports":[80,${port},443]}]}`);
    assert.equal(apps.size, 0, port);
    assert.match(
      problems.get("/a")!.message,
      /^\/a is left out: a number in its ports is .*; expected a port$/,
    );
  }
});

Deno.test("AppsReader: invalid UTF-8 in a label that is not read leaves out no app", () => {
  const reader = new AppsReader();
  reader.feed(bytes('{"apps":[{"id":"/a","labels":{"owner":"'));
  reader.feed(new Uint8Array([0xff, 0xc0, 0x80]));
  reader.feed(bytes('"}}]}'));
  assert.deepEqual([...reader.end().apps.keys()], ["/a"]);
});
