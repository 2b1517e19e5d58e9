import assert from "node:assert/strict";
import { replaceAlarms } from "../../../lib/core/status/state.ts";
import { at } from "./support/stateOf.ts";

const report = (subject: string, message = `${subject} is wrong`) => ({ subject, message });

Deno.test("replaceAlarms: a look replaces those of its kind, and what is known already keeps its time", () => {
  const first = replaceAlarms([], "port_shared", [report("80"), report("81")], at(1));
  const other = replaceAlarms(first, "certificate_refused", [report("/c.pem")], at(2));
  const next = replaceAlarms(other, "port_shared", [report("81", "still"), report("82")], at(3));
  assert.deepEqual(next.map(({ kind, subject, message, since }) => [kind, subject, message, since]), [
    ["certificate_refused", "/c.pem", "/c.pem is wrong", at(2)],
    ["port_shared", "81", "still", at(1)],
    ["port_shared", "82", "82 is wrong", at(3)],
  ]);
  assert.deepEqual(replaceAlarms(next, "port_shared", [], at(4)).map(({ kind }) => kind), [
    "certificate_refused",
  ]);
});
