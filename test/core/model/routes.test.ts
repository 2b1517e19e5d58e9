import assert from "node:assert/strict";
import { hostMatch, hostPattern } from "../../../lib/core/model/routes.ts";
import { hostValues } from "../../../lib/core/render/vhosts.ts";
import { marathonApp } from "./support/marathonApp.ts";
import { generate } from "../render/support/generate.ts";

Deno.test("hostMatch: a host is matched whole, a wildcard by its end", () => {
  assert.equal(hostMatch("a.example.com"), "-i a.example.com");
  assert.equal(hostMatch("*.example.com"), "-m end -i .example.com");
});

Deno.test("hostPattern: a dot is a dot, a wildcard is one or more labels", () => {
  const pattern = (host: string) => new RegExp(`^${hostPattern(host)}$`);
  assert.match("a.example.com", pattern("a.example.com"));
  assert.doesNotMatch("a-example.com", pattern("a.example.com"));
  assert.match("b.a.example.com", pattern("*.example.com"));
  assert.doesNotMatch("example.com", pattern("*.example.com"));
});

Deno.test("hostValues: a wildcard is no host that could be asked for", () => {
  const { hostname, vhost, vhosts, domains } = hostValues(["*.b.com", "a.com", "c.com"]);
  assert.deepEqual([hostname, vhost, vhosts, domains], [
    "*.b.com,a.com,c.com",
    "a.com",
    "a.com c.com",
    ".b.com",
  ]);
});

const apps = [
  marathonApp({
    id: "/a-wild",
    labels: { HAPROXY_0_VHOST: "*.example.com" },
    portDefinitions: [{ port: 10001 }],
  }),
  marathonApp({
    id: "/b-named",
    labels: { HAPROXY_0_VHOST: "b.example.com" },
    portDefinitions: [{ port: 10002 }],
  }),
  marathonApp({
    id: "/c-weighed",
    labels: { HAPROXY_0_VHOST: "*.c.example.com", HAPROXY_0_BACKEND_WEIGHT: "5" },
    portDefinitions: [{ port: 10003 }],
  }),
];
const order = (text: string) =>
  /frontend marathon_http_in\n[^]*?\n\n/.exec(text)![0].match(/use_backend \S+/g)!.map((rule) =>
    rule.slice(12)
  );

Deno.test("wildcards stand behind every host that is named, unless weighed", () => {
  const { text } = generate({ apps });
  assert.deepEqual(order(text), ["c-weighed_10003", "b-named_10002", "a-wild_10001"]);
});

Deno.test("with maps they stand behind the look-up, and are not in the map", () => {
  const { text, maps } = generate({ apps }, {}, { haproxyMap: true });
  assert.deepEqual(order(text).map((rule) => rule.replace(/%.*/, "the look-up")), [
    "c-weighed_10003",
    "the look-up",
    "a-wild_10001",
  ]);
  assert.equal(maps["domain2backend.map"], "b.example.com b-named_10002\n");
});

Deno.test("a look-up lets the rules behind it have the hosts that it does not find", () => {
  const lookups = (apps: unknown[]) =>
    generate({ apps }, {}, { haproxyMap: true }).text.match(/use_backend %\[req\.hdr\(host\).*/g);
  const lookup = "req.hdr(host),host_only,lower,map(/etc/haproxy/domain2backend.map)";
  const guarded = `use_backend %[${lookup}] if { ${lookup} -m found }`;
  assert.deepEqual(lookups(apps), [guarded, guarded]);
  const plain = `use_backend %[${lookup}]`;
  assert.deepEqual(lookups(apps.slice(1)), [plain, plain]);
});

Deno.test("with grouped HTTPS a named host is asked for first", () => {
  const { text } = generate({ apps }, {}, { groupHttpsByVhost: true });
  assert.deepEqual(text.match(/req\.ssl_sni .* \}/g), [
    "req.ssl_sni -i b.example.com }",
    "req.ssl_sni -m end -i .c.example.com }",
    "req.ssl_sni -m end -i .example.com }",
  ]);
});
