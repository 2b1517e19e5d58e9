import assert from "node:assert/strict";
import { bodiesIn } from "../../../lib/core/render/configuration.ts";
import { Bodies, isShareable, splitBackend } from "../../../lib/core/render/bodies.ts";
import { renderConfiguration } from "../../../lib/core/render/renderConfiguration.ts";
import { serviceOf } from "../model/support/serviceOf.ts";
import { renderContext } from "./support/renderContext.ts";

const lines: [string, boolean][] = [
  ["  balance roundrobin", true],
  ["  mode http", true],
  ["  option httpchk GET /ping", true],
  ["  no option redispatch", true],
  ["  timeout check 5s", true],
  ["  acl network_allowed src 10.0.0.0/8", true],
  ["  acl busy nbsrv lt 1", false],
  ["  http-request deny", true],
  ["  http-request set-var(txn.a) str(/a)", true],
  ["  http-request track-sc2 src", false],
  ["  http-request deny if { sc2_http_req_rate gt 5 }", false],
  ["  http-request cache-use pages", false],
  ["  http-response set-header Strict-Transport-Security max-age=1", true],
  ["  tcp-request content reject", true],
  ["  tcp-request content track-sc2 src", false],
  ["  tcp-request inspect-delay 5s", true],
  ["  tcp-request connection reject", false],
  ["  cookie a insert indirect nocache", true],
  ["  redirect scheme https", false],
  ["  stick-table type ip size 1m", false],
  ["  stick on src", false],
  ["  filter compression", false],
  ["  compression algo gzip", false],
  ["  default-server check", false],
  ["  use-server a if TRUE", false],
  ["  option transparent", false],
  ['  "server" a 10.0.0.1:1', false],
  ["  option \\", false],
  ["  # words", false],
  ["backend b", false],
];
for (const [line, expected] of lines) {
  Deno.test(`isShareable: ${expected}: ${line}`, () => assert.equal(isShareable(line), expected));
}

const section = "\nbackend a_1\n  mode http\n  server s 10.0.0.1:80\n  option forwardfor\n";
const splits: { name: string; text: string; expected: ReturnType<typeof splitBackend> }[] = [
  {
    name: "servers are apart",
    text: section,
    expected: { body: "  mode http\n  option forwardfor\n", own: "  server s 10.0.0.1:80\n" },
  },
  { name: "a second section", text: `${section}frontend x\n  mode http\n`, expected: undefined },
  { name: "another head", text: section.replace("a_1", "a_1 from x"), expected: undefined },
  { name: "no body", text: "backend a_1\n  server s 10.0.0.1:80\n", expected: undefined },
  { name: "its own name", text: `${section}  http-request set-header X a_1\n`, expected: undefined },
  { name: "a table", text: `${section}  stick-table type ip size 1m\n`, expected: undefined },
];
for (const { name, text, expected } of splits) {
  Deno.test(`splitBackend: ${name}`, () => assert.deepEqual(splitBackend(text, "a_1", ["a_1"]), expected));
}

const heads: { name: string; head: string; inherited: string | undefined }[] = [
  { name: "none", head: "global\n", inherited: "" },
  {
    name: "one",
    head: "defaults\n  retries 3\n\n  # words\nlisten x\n  bind :1\n",
    inherited: "  retries 3\n",
  },
  { name: "the last", head: "defaults\n  retries 3\ndefaults\n  retries 4\n", inherited: "  retries 4\n" },
  { name: "one with a name", head: "defaults a\n  retries 3\n", inherited: undefined },
  { name: "one that inherits", head: "defaults from a\n  retries 3\n", inherited: undefined },
  { name: "a condition in it", head: "defaults\n.if true\n  retries 3\n.endif\n", inherited: undefined },
  { name: "a condition around it", head: ".if true\ndefaults\n  retries 3\n.endif\n", inherited: undefined },
  { name: "a condition before it", head: "global\n.if true\n.endif\ndefaults\n", inherited: "" },
  { name: "what cannot be shared", head: "defaults\n  compression algo gzip\n", inherited: undefined },
  { name: "a later one that can", head: "defaults\n  stats enable\ndefaults\n", inherited: "" },
];
for (const { name, head, inherited } of heads) {
  Deno.test(`Bodies: defaults of HEAD: ${name}`, () => {
    const body = new Bodies(head).of("  mode http\n");
    assert.equal(
      body?.text,
      inherited === undefined ? undefined : `\ndefaults ${body?.name}\n${inherited}  mode http\n`,
    );
  });
}

Deno.test("Bodies: a name follows from all that the section says", () => {
  const name = (head: string, body: string) => new Bodies(head).of(body)!.name;
  assert.equal(
    name("defaults\n retries 3\n", "  mode tcp\n"),
    name("global\ndefaults\n retries 3\n", "  mode tcp\n"),
  );
  assert.notEqual(name("defaults\n retries 3\n", "  mode tcp\n"), name("defaults\n", "  mode tcp\n"));
  assert.notEqual(name("", "  mode tcp\n"), name("", "  mode http\n"));
});

Deno.test("Bodies: one without a mode is not shared, as HAProxy wants one", () => {
  assert.equal(new Bodies("").of("  balance roundrobin\n"), undefined);
});

const services = [
  serviceOf({ appId: "/a", port: 10001, mode: "http" }),
  serviceOf({ appId: "/b", port: 10002, mode: "http" }),
  serviceOf({
    appId: "/c",
    port: 10003,
    mode: "http",
    templates: new Map([["BACKEND_HTTP_OPTIONS", "  option forwardfor\n"]]),
  }),
];
const shared = { haproxyMap: true, dynamicBackends: true };

Deno.test("renderConfiguration: backends that keep their bodies stand before the sections of others", () => {
  const { text, chunks } = renderConfiguration(services, renderContext(shared));
  const [body] = bodiesIn({ chunks }).keys();
  const order = text.match(/^(?:backend|defaults) .*$/gm);
  assert.deepEqual(order, [
    "backend c_10003",
    `defaults ${body}`,
    `backend a_10001 from ${body}`,
    `backend b_10002 from ${body}`,
  ]);
});

for (const off of [{ haproxyMap: false }, { dynamicBackends: false }]) {
  Deno.test(`renderConfiguration: no sections of bodies with ${JSON.stringify(off)}`, () => {
    const plain = renderConfiguration(services, renderContext({ ...shared, ...off }));
    assert.deepEqual([...bodiesIn(plain)], []);
    assert.doesNotMatch(plain.text, /^defaults .*body|^backend .* from/m);
  });
}
