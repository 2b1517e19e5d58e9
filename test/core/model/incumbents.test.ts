import assert from "node:assert/strict";
import {
  holdingsOf,
  type Incumbents,
  joinIncumbents,
  noIncumbents,
  retainIncumbents,
} from "../../../lib/core/model/incumbents.ts";
import { parsePasswordHash } from "../../../lib/core/labels/auth.ts";
import { readIncumbents } from "../../../lib/core/admission/readIncumbents.ts";
import type { Service } from "../../../lib/core/model/service.ts";
import { renderConfiguration } from "../../../lib/core/render/renderConfiguration.ts";
import { renderContext } from "../render/support/renderContext.ts";
import { serviceOf } from "./support/serviceOf.ts";

const none: ReadonlySet<string> = new Set();
const maps = { "domain2backend.map": "", "app2backend.map": "" };

/** What counts of it: which of two rules comes first, and not their ranks. */
function comparable({ names, binds, routes }: Incumbents) {
  const ranks = [...routes].flatMap(([host, holders]) =>
    holders.map(({ rank, owner, path, ignoreCase, passes }) => ({
      rank,
      text: [host, path, ignoreCase, owner, ...passes ? ["passes"] : []].join(" "),
    }))
  );
  return {
    names: [...names].sort(),
    binds: [...binds].flatMap(([port, holders]) =>
      holders.map((one) => [port, one.address, one.owner].join(" "))
    )
      .sort(),
    routes: ranks.map(({ text }) => text).sort(),
  };
}

const http = { mode: "http" as const, labels: {} };
const web = serviceOf({ ...http, appId: "/web", port: 10_001, labels: { VHOST: ["a.com", "b.com"] } });
const served: [what: string, services: Service[]][] = [
  ["a service for TCP", [serviceOf({ appId: "/tcp", port: 10_001 })]],
  ["a service without a frontend", [{ ...web, frontend: false }]],
  ["addresses", [serviceOf({ appId: "/tcp", labels: { BIND_ADDR: ["127.0.0.1"] } })]],
  ["vhosts", [web]],
  ["a vhost", [{ ...web, labels: { VHOST: ["a.com"] } }]],
  ["a wildcard", [{ ...web, labels: { VHOST: ["*.a.com"] } }]],
  ["a path", [{ ...web, labels: { VHOST: ["a.com"], PATH: "/x" } }]],
  ["paths of vhosts", [{ ...web, labels: { VHOST: ["a.com", "b.com"], PATH: "/x /y" } }]],
  ["paths in any case", [{ ...web, labels: { VHOST: ["a.com"], PATH: "-i /X" } }]],
  ["redirects", [{ ...web, labels: { VHOST: ["a.com"], PATH: "/x", REDIRECT_TO_HTTPS: true } }]],
  ["redirects of several", [{ ...web, labels: { VHOST: ["a.com", "b.com"], REDIRECT_TO_HTTPS: true } }]],
  ["a login", [{
    ...web,
    labels: { VHOST: ["a.com"], AUTH: { realm: "r", user: "u", password: parsePasswordHash("secret") } },
  }]],
  ["hosts whose TLS is passed through", [
    serviceOf({ appId: "/web", labels: { VHOST: ["a.com", "*.b.com"], SNI_PASSTHROUGH: true } }),
    { ...web, appId: "/other", port: 10_002, labels: { VHOST: ["x.b.com", "c.com"] } },
  ]],
  ["shares of requests", [
    { ...web, labels: { VHOST: ["a.com", "b.com"], PATH: "/x", TRAFFIC_SHARE: "rest" } },
    { ...web, appId: "/canary", port: 10_002, labels: { VHOST: ["a.com"], PATH: "/x", TRAFFIC_SHARE: 10 } },
  ]],
  ["groups of apps", [
    serviceOf({ ...http, appId: "/g/web", port: 10_002, labels: { VHOST: ["c.com"] } }),
    serviceOf({ ...http, appId: "/g/web", port: 10_003, index: 1, labels: { VHOST: ["d.com"] } }),
    serviceOf({ ...http, appId: "/web/80", port: 10_004, labels: { VHOST: ["e.com"] } }),
  ]],
  ["one vhost of two apps", [
    serviceOf({ ...http, appId: "/a", port: 10_002, labels: { VHOST: ["c.com"] } }),
    serviceOf({ ...http, appId: "/b", port: 10_003, labels: { VHOST: ["c.com"] } }),
  ]],
];
const forms = [
  ["plainly", {}],
  ["with maps", { haproxyMap: true }],
  ["grouped", { groupHttpsByVhost: true }],
  ["with other names", { frontendSuffix: "_in" as const }],
] as const;
for (const [form, settings] of forms) {
  for (const [what, services] of served) {
    Deno.test(`readIncumbents: what we rendered ${form} keeps its holder: ${what}`, () => {
      const files = renderConfiguration(services, renderContext(settings));
      const held = retainIncumbents(readIncumbents(files), services, none);
      assert.deepEqual(comparable(held), comparable(holdingsOf(services)));
    });
  }
}

Deno.test("readIncumbents: the hosts of the map come where it is looked up", () => {
  const apps = [["/a", "*.b.com"], ["/b", "a.b.com"]].map(([appId, host], index) =>
    serviceOf({ ...http, appId, port: index + 1, labels: { VHOST: [host!] } })
  );
  const { routes } = readIncumbents(renderConfiguration(apps, renderContext({ haproxyMap: true })));
  assert.ok(routes.get("a.b.com")![0]!.rank < routes.get("*.b.com")![0]!.rank);
});

Deno.test("readIncumbents: of two rules the first in the file came first", () => {
  const apps = ["/a", "/b"].map((appId, index) =>
    serviceOf({
      ...http,
      appId,
      port: index + 1,
      labels: { VHOST: ["a.com"], ...index ? { PATH: "/x" } : {} },
    })
  );
  const ranks = readIncumbents(renderConfiguration(apps, renderContext())).routes.get("a.com")!;
  const rankOf = (owner: string) => ranks.find((one) => one.owner === owner)!.rank;
  assert.ok(rankOf("/b") < rankOf("/a"));
});

Deno.test("readIncumbents: the file of the reference", () => {
  const text = `
frontend marathon_http_in
  bind *:80
  mode http
  acl host_a_com_web hdr(host) -i A.com
  acl host_a_com_web hdr(host) -i b.com
  acl path_web_10001 path_beg /x
  use_backend web_10001 if host_a_com_web path_web_10001
frontend marathon_http_appid_in
  acl app__g_web hdr(x-marathon-app-id) -i /g/web
  use_backend g_web_10002 if app__g_web
frontend web_10001
  bind *:10001
  use_backend web_10001
frontend g_web_10002
  bind 10.0.0.1:10002,10.0.0.2:10002 ssl crt /x.pem
  default_backend g_web_10002
backend web_10001
backend g_web_10002
`;
  assert.deepEqual(comparable(readIncumbents({ text, maps })), {
    names: [["g_web_10002", "/g/web"], ["web_10001", "web"]],
    binds: ["10001 * web", "10002 10.0.0.1 /g/web", "10002 10.0.0.2 /g/web"],
    routes: ["a.com /x false web", "b.com /x false web"],
  });
});

const odd: [what: string, text: string][] = [
  ["nothing", ""],
  ["no configuration", "\u0000 {\n}\nuse_backend a_1\n  bind *:1\nacl"],
  ["quotes that are open", 'frontend a_1\n  bind "*:1\n  use_backend a_1 if { path "\n'],
  [
    "backends of other names",
    "frontend x\n  bind *:1\n  use_backend y\nbackend y\nbackend 80\nbackend _80\n",
  ],
  ["a rule for all ports", "frontend a_1\n  bind *:1-65535\n  use_backend a_1\nbackend b_1\n"],
  ["backends that are chosen by a map", "frontend a_1\n  use_backend %[hdr(host),map(x)]\n"],
];
for (const [what, text] of odd) {
  Deno.test(`readIncumbents: what cannot be read has no holder: ${what}`, () => {
    const { binds, routes } = readIncumbents({ text, maps });
    assert.deepEqual([binds.size, routes.size], [0, 0]);
  });
}

Deno.test("readIncumbents: rules distinguish two apps with one name", () => {
  const services = [
    serviceOf({ ...http, appId: "/a/b", port: 1, labels: { VHOST: ["a.com"] } }),
    serviceOf({ ...http, appId: "/a/b", port: 2, index: 1, labels: { VHOST: ["b.com"] } }),
  ];
  const held = readIncumbents(renderConfiguration(services, renderContext()));
  const thief = serviceOf({ ...http, appId: "/a_b", port: 3, labels: { VHOST: ["a.com", "b.com"] } });
  const { routes } = retainIncumbents(held, [...services, thief], none);
  assert.deepEqual([...routes.values()].flat().map(({ owner }) => owner), ["/a/b", "/a/b"]);
});

const idle = { ...web, backends: [] };
const kept: [what: string, now: Service[], unread: string[], names: number, binds: number, hosts: number][] =
  [
    ["is served", [web], [], 1, 1, 2],
    ["has no task at the moment", [idle], [], 1, 1, 2],
    ["cannot be read", [], ["/web"], 1, 1, 2],
    ["is gone", [], [], 0, 0, 0],
    ["has another port", [{ ...web, port: 10_009 }], [], 0, 0, 2],
    ["has another address", [{ ...web, labels: { ...web.labels, BIND_ADDR: ["10.0.0.1"] } }], [], 1, 0, 2],
    ["has one vhost less", [{ ...web, labels: { VHOST: ["b.com"] } }], [], 1, 1, 1],
    ["has a path now", [{ ...web, labels: { ...web.labels, PATH: "/x" } }], [], 1, 1, 0],
    ["has another index", [{ ...web, index: 3 }], [], 1, 1, 2],
    ["is another app", [{ ...web, appId: "/other" }], [], 0, 0, 0],
  ];
for (const [what, now, unread, ...counts] of kept) {
  Deno.test(`retainIncumbents: an app that ${what}`, () => {
    const { names, binds, routes } = retainIncumbents(holdingsOf([web]), now, new Set(unread));
    assert.deepEqual([names.size, binds.size, routes.size], counts);
  });
}

Deno.test("joinIncumbents: what is served counts, what is kept comes first when it is back", () => {
  const other = serviceOf({
    ...http,
    appId: "/other",
    port: 10_001,
    labels: { VHOST: ["a.com"], PATH: "/x" },
  });
  const joined = joinIncumbents(holdingsOf([web]), holdingsOf([other]));
  assert.deepEqual(joined.binds, holdingsOf([other]).binds);
  assert.deepEqual([...joined.names.keys()].sort(), ["other_10001", "web_10001"]);
  assert.deepEqual(joined.routes.get("a.com")!.map(({ owner, rank }) => [owner, rank]), [["/other", 0], [
    "/web",
    -1,
  ]]);
  assert.deepEqual(joinIncumbents(noIncumbents, holdingsOf([web])), holdingsOf([web]));
});

Deno.test("retainIncumbents: who passes TLS through no more keeps the host, and not for all paths", () => {
  const labels = { VHOST: ["a.com"], SNI_PASSTHROUGH: true };
  const before = serviceOf({ appId: "/a", labels });
  const table = [
    [[before], none, true],
    [[], new Set(["/a"]), true],
    [[serviceOf({ appId: "/a", mode: "http", labels: { VHOST: ["a.com"] } })], none, undefined],
  ] as const;
  for (const [now, unread, expected] of table) {
    const [holder] = retainIncumbents(holdingsOf([before]), now, unread).routes.get("a.com")!;
    assert.deepEqual([holder!.owner, holder!.passes], ["/a", expected]);
  }
});
