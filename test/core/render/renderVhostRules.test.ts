import assert from "node:assert/strict";
import type { ServiceLabels } from "../../../lib/core/labels/ServiceLabels.ts";
import { nameServices } from "../../../lib/core/render/nameServices.ts";
import { renderVhostRules } from "../../../lib/core/render/renderVhostRules.ts";
import { TemplateSet } from "../../../lib/core/templates/TemplateSet.ts";
import type { TemplateSource } from "../../../lib/core/templates/TemplateSource.ts";
import { type TemplateRow, templateTable } from "../../../lib/core/templates/templateTable.ts";
import { serviceOf } from "../model/support/serviceOf.ts";
import { renderContext } from "./support/renderContext.ts";

/** Templates that write their name, and the host they are for. */
const traced = new TemplateSet(
  new Map((templateTable as readonly TemplateRow[]).map((row): [string, TemplateSource] => {
    const text = row.values.includes("hostname") ? `${row.name} {hostname}` : row.name;
    return [row.name, { text, syntax: "placeholders", origin: "test" }];
  })),
);

function rules(labels: ServiceLabels, haproxyMap = false) {
  const service = serviceOf({ mode: "http", labels });
  const names = nameServices([service]).get(service)!;
  return renderVhostRules(service, names, renderContext({ templates: traced, haproxyMap }));
}

const lines = (text: string) => text.split("\n").slice(0, -1);

const host = (name: string, ...hosts: string[]) => hosts.map((host) => `${name} ${host}`);
const single = ["a.com"];
const multi = ["a.com", "b.com"];

type Row = [
  hosts: string[],
  path: boolean,
  auth: boolean,
  redirect: boolean,
  http: string[],
  https: string[],
];
const httpsOf = {
  "single": host("HTTPS_FRONTEND_ACL", "a.com"),
  "single auth": host("HTTPS_FRONTEND_ACL_WITH_AUTH", "a.com"),
  "single path": ["HTTPS_FRONTEND_ACL_ONLY_WITH_PATH a.com", "HTTPS_FRONTEND_ACL_WITH_PATH a.com"],
  "single path auth": [
    "HTTPS_FRONTEND_ACL_ONLY_WITH_PATH a.com",
    "HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH a.com",
  ],
  "multi": host("HTTPS_FRONTEND_ACL", ...multi),
  "multi auth": host("HTTPS_FRONTEND_ACL_WITH_AUTH", ...multi),
  "multi path": [
    "HTTPS_FRONTEND_ACL_ONLY_WITH_PATH a.com",
    ...host("HTTPS_FRONTEND_ACL_WITH_PATH", ...multi),
  ],
  "multi path auth": [
    "HTTPS_FRONTEND_ACL_ONLY_WITH_PATH a.com",
    ...host("HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH", ...multi),
  ],
};
const eachHost = host("HTTP_FRONTEND_ACL_ONLY", ...multi);
const redirect = ["HTTP_FRONTEND_ACL a.com", "BACKEND_REDIRECT_HTTP_TO_HTTPS"];
const redirectPath = [
  "HTTP_FRONTEND_ACL_ONLY a.com",
  "HTTP_FRONTEND_ACL_ONLY_WITH_PATH a.com",
  "BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH",
];

const table: Row[] = [
  [single, false, false, false, host("HTTP_FRONTEND_ACL", "a.com"), httpsOf.single],
  [single, false, true, false, host("HTTP_FRONTEND_ACL_WITH_AUTH", "a.com"), httpsOf["single auth"]],
  [single, false, false, true, redirect, httpsOf.single],
  [single, false, true, true, redirect, httpsOf["single auth"]],
  [single, true, false, false, host("HTTP_FRONTEND_ACL_WITH_PATH", "a.com"), httpsOf["single path"]],
  [
    single,
    true,
    true,
    false,
    host("HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH", "a.com"),
    httpsOf["single path auth"],
  ],
  [single, true, false, true, redirectPath, httpsOf["single path"]],
  [single, true, true, true, redirectPath, httpsOf["single path auth"]],
  [multi, false, false, false, [...eachHost, "HTTP_FRONTEND_ROUTING_ONLY a.com"], httpsOf.multi],
  [
    multi,
    false,
    true,
    false,
    [...eachHost, "HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH a.com"],
    httpsOf["multi auth"],
  ],
  [multi, false, false, true, [...eachHost, "BACKEND_REDIRECT_HTTP_TO_HTTPS"], httpsOf.multi],
  [multi, false, true, true, [...eachHost, "BACKEND_REDIRECT_HTTP_TO_HTTPS"], httpsOf["multi auth"]],
  [
    multi,
    true,
    false,
    false,
    ["HTTP_FRONTEND_ACL_ONLY_WITH_PATH a.com", ...eachHost, "HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH a.com"],
    httpsOf["multi path"],
  ],
  [
    multi,
    true,
    true,
    false,
    [
      "HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH a.com",
      ...eachHost,
      "HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH a.com",
    ],
    httpsOf["multi path auth"],
  ],
  [
    multi,
    true,
    false,
    true,
    ["HTTP_FRONTEND_ACL_ONLY_WITH_PATH a.com", ...eachHost, "BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH"],
    httpsOf["multi path"],
  ],
  [
    multi,
    true,
    true,
    true,
    [
      "HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH a.com",
      ...eachHost,
      "BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH",
    ],
    httpsOf["multi path auth"],
  ],
];

const AUTH = { realm: "r", user: "u", password: "p" };
for (const [VHOST, path, auth, redirects, http, https] of table) {
  const labels: ServiceLabels = {
    VHOST,
    ...(path && { PATH: "/x" }),
    ...(auth && { AUTH }),
    ...(redirects && { REDIRECT_TO_HTTPS: true }),
  };
  const what = Object.keys(labels).slice(1).join(", ") || "nothing";
  Deno.test(`renderVhostRules: ${VHOST.length} vhosts with ${what}`, () => {
    const rendered = rules(labels)!;
    assert.deepEqual(lines(rendered.http), http);
    assert.deepEqual(lines(rendered.https), https);
    assert.equal(rendered.httpLookup ?? rendered.httpsLookup, undefined);
  });

  Deno.test(`renderVhostRules: ${VHOST.length} vhosts with ${what}, each in a frontend of its own`, () => {
    const rendered = rules(labels)!;
    for (const one of VHOST) {
      const own = https.filter((rule) => rule.endsWith(` ${one}`) || rule.includes("_ACL_ONLY_WITH_PATH "));
      assert.deepEqual(lines(rendered.httpsByHost.get(one)!), own);
    }
  });

  Deno.test(`renderVhostRules: ${VHOST.length} vhosts with ${what}, with maps`, () => {
    const rendered = rules(labels, true)!;
    const mapped = !path && !auth;
    assert.deepEqual(lines(rendered.http), mapped && !redirects ? [] : http);
    assert.deepEqual(lines(rendered.https), mapped ? [] : https);
    const httpRule = VHOST.length > 1 ? "MAP_HTTP_FRONTEND_ACL_ONLY\n" : "MAP_HTTP_FRONTEND_ACL\n";
    assert.equal(rendered.httpLookup?.last, mapped && !redirects ? httpRule : undefined);
    assert.equal(rendered.httpsLookup?.last, mapped ? "MAP_HTTPS_FRONTEND_ACL\n" : undefined);
  });
}

Deno.test("renderVhostRules: no vhost, no rules", () => {
  assert.equal(rules({}), undefined);
  assert.equal(rules({ VHOST: [], REDIRECT_TO_HTTPS: true }), undefined);
});

const weights: [labels: ServiceLabels, weight: number][] = [
  [{}, 0],
  [{ PATH: "/x" }, 1],
  [{ PATH: "/x", BACKEND_WEIGHT: 0 }, 1],
  [{ BACKEND_WEIGHT: 0 }, 0],
  [{ PATH: "/x", BACKEND_WEIGHT: 5 }, 5],
  [{ PATH: "/x", BACKEND_WEIGHT: -1 }, -1],
];
for (const [labels, weight] of weights) {
  Deno.test(`renderVhostRules: weight of ${JSON.stringify(labels)}`, () => {
    assert.equal(rules({ VHOST: single, ...labels })?.weight, weight);
  });
}
