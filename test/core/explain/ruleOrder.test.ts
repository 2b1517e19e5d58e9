import assert from "node:assert/strict";
import { explainUrl } from "../../../lib/core/explain/url.ts";
import { worldOf } from "./support/worldOf.ts";

const app = (id: string, port: number, labels: Record<string, string>) => ({
  id,
  portDefinitions: [{ port }],
  labels: Object.fromEntries(Object.entries(labels).map(([name, value]) => [`HAPROXY_0_${name}`, value])),
});

const order = "HAProxy evaluates http-request, redirect and use_backend in this order, wherever they stand";

/** A service of one name before one of all names below, which has these labels too. */
const cases: [name: string, labels: Record<string, string>, scheme: string, overtakes: string | undefined][] =
  [
    ["a redirect behind use_backend", { REDIRECT_TO_HTTPS: "true" }, "http", "its redirect comes first"],
    ["a redirect to HTTPS, asked by HTTPS", { REDIRECT_TO_HTTPS: "true" }, "https", undefined],
    ["a login behind use_backend", { AUTH: "Realm:alice:secret" }, "https", "its login comes first"],
    [
      "a login that the backend asks for",
      { AUTH: "Realm:alice:secret", AUTH_EVERYWHERE: "true" },
      "https",
      undefined,
    ],
    ["use_backend alone", {}, "http", undefined],
  ];
for (const [name, labels, scheme, overtakes] of cases) {
  Deno.test(`explain the order of rules that HAProxy remarks on: ${name}`, () => {
    const world = worldOf({
      apps: [
        app("/named", 10_001, { VHOST: "a.example.com" }),
        app("/wild", 10_002, { VHOST: "*.example.com", ...labels }),
      ],
    });
    const { matched, also } = explainUrl(world, `${scheme}://a.example.com/`);
    assert.equal(matched?.app, "/named");
    assert.deepEqual(also.map(({ app }) => app), ["/wild"]);
    if (overtakes === undefined) return assert.doesNotMatch(matched.why + also[0]!.why, /comes first: /);
    assert.ok(
      matched.why.endsWith(`; of /wild: service 0, which matches too, ${overtakes}: ${order}`),
      matched.why,
    );
    assert.ok(also[0]!.why.endsWith(`, but ${overtakes}: ${order}`), also[0]!.why);
  });
}
