import assert from "node:assert/strict";
import { blameBinds } from "../../../lib/core/exclusion/blameBinds.ts";
import { serviceOf } from "../model/support/serviceOf.ts";

const a = serviceOf({ appId: "/a", port: 10001 });
const b = serviceOf({ appId: "/b", port: 10002 });
const chunks = [
  { text: "global\n" },
  { text: "frontend a\n  bind unix@/a\n", service: a },
  { text: "frontend b\n  bind 0.0.0.0:10002\n", service: b },
];
const text = chunks.map(({ text }) => text).join("");

const exiting = "[/usr/sbin/haproxy.main()] Some protocols failed to start their listeners! Exiting.";
const unix =
  "Binding [/x/haproxy.cfg:3] for frontend a: cannot bind UNIX socket (No such file or directory) [/a]";
const denied =
  "Binding [/x/haproxy.cfg:5] for frontend b: cannot bind socket (Permission denied) for [0.0.0.0:10002]";

const table: { name: string; said: string; blames: [string, string][] }[] = [
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
for (const { name, said, blames } of table) {
  Deno.test(`blameBinds: ${name}`, () => {
    const blamed = [...blameBinds(said, { text, chunks })].map(([{ appId }, reason]) => [appId, reason]);
    assert.deepEqual(blamed, blames);
  });
}
