import assert from "node:assert/strict";
import { blame } from "../../../lib/core/exclusion/blame.ts";
import type { CheckMessage } from "../../../lib/core/haproxy/parseCheckOutput.ts";
import { serviceOf } from "../model/support/serviceOf.ts";

const a = serviceOf({ appId: "/a", port: 10001 });
const b = serviceOf({ appId: "/group/b", port: 10002 });
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
