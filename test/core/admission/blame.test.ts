import assert from "node:assert/strict";
import {
  blame,
  blameBinds,
  findOwners,
  isFileFault,
  mayStillFail,
} from "../../../lib/core/admission/blame.ts";
import type { Service } from "../../../lib/core/model/service.ts";
import type { Chunk } from "../../../lib/core/render/configuration.ts";
import type { CheckMessage, CheckStage } from "../../../lib/core/haproxy/messages.ts";
import { serviceOf } from "../model/support/serviceOf.ts";

const a = serviceOf({ appId: "/a", port: 10001 });
const b = serviceOf({ appId: "/group/b", port: 10002 });

const blameBindsB = serviceOf({ appId: "/b", port: 10002 });
const blameBindsChunks = [
  { text: "global\n" },
  { text: "frontend a\n  bind unix@/a\n", service: a },
  { text: "frontend b\n  bind 0.0.0.0:10002\n", service: blameBindsB },
];
const text = blameBindsChunks.map(({ text }) => text).join("");

const chunks = [{ text: "global\n" }, { text: "backend a_10001\n  x\n", service: a }];

const table: { says: Partial<CheckMessage>; blames: string[] }[] = [
  { says: { line: 3, message: "unknown keyword 'x'" }, blames: ["/a"] },
  { says: { line: 1, message: "unknown keyword 'y'" }, blames: [] },
  { says: { line: 1, message: "backend 'group_b_10002' is wrong" }, blames: ["/group/b"] },
  {
    says: { message: "Proxy 'group_b_10002': unable to find required use_backend: 'nope'." },
    blames: ["/group/b"],
  },
  { says: { message: "'server group_b_10002/s1' : could not resolve address 'x'" }, blames: ["/group/b"] },
  { says: { message: "unable to find userlist 'user_group_b_10002'" }, blames: ["/group/b"] },
  { says: { message: "proxy 'marathon_http_in' has a problem" }, blames: [] },
  { says: { severity: "warning", line: 3, message: "careful" }, blames: [] },
];
for (const { says, blames } of table) {
  Deno.test(`blame: ${JSON.stringify(says)}`, () => {
    const message: CheckMessage = { severity: "alert", message: "", ...says };
    assert.deepEqual([...blame([message], { chunks }, [a, b]).keys()].map(({ appId }) => appId), blames);
  });
}

Deno.test("blame: all services at once, each with what was said of it first", () => {
  const messages: CheckMessage[] = [
    { severity: "alert", line: 2, message: "first" },
    { severity: "alert", line: 3, message: "second" },
    { severity: "alert", message: "Proxy 'group_b_10002': third" },
  ];
  assert.deepEqual([...blame(messages, { chunks }, [a, b]).values()], [
    "first",
    "Proxy 'group_b_10002': third",
  ]);
});

const exiting = "[/usr/sbin/haproxy.main()] Some protocols failed to start their listeners! Exiting.";
const unix =
  "Binding [/x/haproxy.cfg:3] for frontend a: cannot bind UNIX socket (No such file or directory) [/a]";
const denied =
  "Binding [/x/haproxy.cfg:5] for frontend b: cannot bind socket (Permission denied) for [0.0.0.0:10002]";

const blameBindsTable: { name: string; said: string; blames: [string, string][] }[] = [
  { name: "a Unix socket", said: `${unix}; ${exiting}`, blames: [["/a", unix]] },
  { name: "several", said: `${unix}; ${denied}; ${exiting}`, blames: [["/a", unix], ["/b", denied]] },
  { name: "after other words", said: `HAProxy did not start, exit code 1: ${unix}`, blames: [["/a", unix]] },
  { name: "a line of all", said: unix.replace(":3]", ":1]"), blames: [] },
  {
    name: "a port that is taken, which is tested",
    said: denied.replace("Permission denied", "Address already in use"),
    blames: [],
  },
  { name: "something else", said: "unknown keyword 'x'", blames: [] },
];
for (const { name, said, blames } of blameBindsTable) {
  Deno.test(`blameBinds: ${name}`, () => {
    const blamed = [...blameBinds(said, { text, chunks: blameBindsChunks })].map((
      [{ appId }, reason],
    ) => [appId, reason]);
    assert.deepEqual(blamed, blames);
  });
}

Deno.test("blame: a line of a body blames the services that begin from it, and no others", () => {
  const [a, b, c] = ["/a", "/b", "/c"].map((appId) => serviceOf({ appId })) as [Service, Service, Service];
  const chunks: Chunk[] = [
    { text: "global\n" },
    { text: "defaults x\n  acl network_allowed src nonsense\n", body: "x" },
    { text: "backend a from x\n", service: a, backend: true, body: "x" },
    { text: "backend b from x\n", service: b, backend: true, body: "x" },
    { text: "backend c from y\n", service: c, backend: true, body: "y" },
  ];
  const message = { severity: "alert" as const, line: 3, message: "error detected" };
  assert.deepEqual([...blame([message], { chunks }, [a, b, c]).keys()], [a, b]);
});

const [findOwnerA, findOwnerB] = [serviceOf({ appId: "/a" }), serviceOf({ appId: "/b" })];

Deno.test("findOwners: each line belongs to the services of its chunk", () => {
  const owners = findOwners([
    { text: "global\n  maxconn 1\n" },
    { text: "\nfrontend a\n", service: findOwnerA },
    { text: "defaults x\n  mode http\n", body: "x" },
    { text: "backend a from x\n", service: findOwnerA, backend: true, body: "x" },
    { text: "backend b from x\n", service: findOwnerB, backend: true, body: "x" },
    { text: "backend c from y\n", service: findOwnerB, backend: true, body: "y" },
    { text: "backend shared\n" },
  ]);
  const found = [2, 3, 4, 5, 6, 7, 8, 9, 10].map((line) => owners(line).map(({ appId }) => appId).join(" "));
  assert.deepEqual(found, ["", "/a", "/a", "/a /b", "/a /b", "/a", "/b", "/b", ""]);
});

Deno.test("findOwners: an empty configuration has no owners", () => {
  assert.deepEqual(findOwners([])(1), []);
});

// As HAProxy 2.6 says them.
const faults = [
  "'bind 0.0.0.0:1' in section 'frontend' : unable to load certificate from file '/a.pem'.",
  "'bind 0.0.0.0:1' in section 'frontend' : unable to stat SSL certificate from file '/a.pem' : No such file or directory.",
  "'bind 0.0.0.0:1' in section 'frontend' : No Private Key found in '/a.pem.key'.",
  "'bind 0.0.0.0:1' in section 'frontend' : inconsistencies between private key and certificate loaded '/a.pem'.",
  "Couldn't open the ca-file '/a' (No such file or directory).",
  "'bind 0.0.0.0:1' in section 'frontend' : 'ca-file' : unable to load /a",
];
const others = [
  "unknown keyword 'file' in 'backend' section",
  "'balance' only supports 'roundrobin', …",
  "'server b/s' : could not resolve address 'x'",
  "Proxy 'b': unable to find required use_backend: 'nope'.",
];

for (const [messages, expected] of [[faults, true], [others, false]] as const) {
  for (const message of messages) {
    Deno.test(`isFileFault: ${expected}: ${message}`, () => assert.equal(isFileFault(message), expected));
  }
}

const withTemplate = (appId: string, name: string) =>
  serviceOf({ appId, templates: new Map([[name, "x\n"]]) });
const mayStillFailChunks = [
  { text: "", service: serviceOf({ appId: "/vhost-tcp", mode: "tcp", labels: { VHOST: ["a.com"] } }) },
  { text: "", service: serviceOf({ appId: "/vhost", mode: "http", labels: { VHOST: ["a.com"] } }) },
  { text: "a\n\n", service: withTemplate("/read", "BACKEND_HEAD") },
  { text: "b\n", service: withTemplate("/server", "BACKEND_SERVER_OPTIONS") },
  { text: "c\n" },
  { text: "d\n", service: withTemplate("/unread", "BACKEND_HEAD") },
  { text: "e\n", service: serviceOf({ appId: "/plain" }) },
  { text: "f\n", service: serviceOf({ appId: "/acl", labels: { BACKEND_NETWORK_ALLOWED_ACL: ["x"] } }) },
];

const mayStillFailTable: { stage: CheckStage; lastLine: number; doubtful: string[] }[] = [
  { stage: "parse", lastLine: 4, doubtful: ["/vhost-tcp", "/server", "/unread", "/acl"] },
  { stage: "parse", lastLine: 7, doubtful: ["/vhost-tcp", "/server"] },
  { stage: "parse", lastLine: 0, doubtful: ["/vhost-tcp", "/read", "/server", "/unread", "/acl"] },
  { stage: "sections", lastLine: 0, doubtful: ["/server"] },
  { stage: "start", lastLine: 0, doubtful: [] },
];
for (const { stage, lastLine, doubtful } of mayStillFailTable) {
  Deno.test(`mayStillFail: HAProxy stopped at ${stage}, line ${lastLine}`, () => {
    assert.deepEqual(
      [...mayStillFail(mayStillFailChunks, stage, lastLine)].map(({ appId }) => appId),
      doubtful,
    );
  });
}
