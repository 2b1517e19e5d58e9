import assert from "node:assert/strict";
import { readApps } from "../../../lib/core/marathon/readApps.ts";
import { marathonApp } from "../model/support/marathonApp.ts";

for (
  const answer of [undefined, null, 17, "apps", [], {}, { apps: null }, { apps: {} }, { message: "down" }]
) {
  Deno.test(`readApps: ${JSON.stringify(answer)} as a whole is no list of apps`, () => {
    assert.throws(() => readApps(answer), {
      name: "TypeError",
      message: /^Marathon's answer is .*expected \{/,
    });
  });
}

Deno.test("readApps: an empty list is a list", () => {
  assert.deepEqual(readApps({ apps: [] }), { apps: [], problems: [] });
});

Deno.test("readApps: an app that does not fit is left out alone, and named by id or by position", () => {
  const { apps, problems } = readApps({
    apps: [
      marathonApp({ id: "/a" }),
      null,
      marathonApp({ id: "no-slash" }),
      marathonApp({ id: 7 }),
      marathonApp({ id: "/labels", labels: ["x"] }),
      marathonApp({ id: "/label", labels: { HAPROXY_GROUP: 3 } }),
      marathonApp({ id: "/z" }),
    ],
  });
  assert.deepEqual(apps.map((app) => app.id), ["/a", "/z"]);
  assert.deepEqual(
    problems,
    [
      {
        app: "app number 2 of the answer",
        message: "app number 2 of the answer is left out: expected an object, found null",
      },
      {
        app: "no-slash",
        message: 'no-slash is left out: its id is "no-slash"; expected a path such as "/group/app"',
      },
      {
        app: "app number 4 of the answer",
        message: 'app number 4 of the answer is left out: its id is 7; expected a path such as "/group/app"',
      },
      {
        app: "/labels",
        message: '/labels is left out: its labels are ["x"]; expected an object of strings',
      },
      { app: "/label", message: "/label is left out: its label HAPROXY_GROUP is 3; expected a string" },
    ].map((problem) => ({ severity: "excluded", ...problem })),
  );
});
