import assert from "node:assert/strict";
import { withoutOldMaintenance } from "../../../lib/core/haproxy/withoutOldMaintenance.ts";

const state = (...rows: string[]) =>
  ["1", "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight", ...rows].join(
    "\n",
  );
const row = (admin: string) => `3 app 4 s 10.0.0.4 4 ${admin} 4`;

const table: [admin: string, expected: string, what: string][] = [
  ["0", "0", "one that serves"],
  ["1", "1", "one that was put in maintenance by hand"],
  ["4", "0", "one that was enabled since the load"],
  ["5", "5", "one that its file has in maintenance"],
  ["8", "8", "one that drains"],
  ["12", "8", "one that was enabled since the load, and drains"],
];
for (const [admin, expected, what] of table) {
  Deno.test(`withoutOldMaintenance: ${what}`, () => {
    assert.equal(withoutOldMaintenance(state(row(admin), row("0"))), state(row(expected), row("0")));
  });
}

Deno.test("withoutOldMaintenance: without servers, and what is no state", () => {
  for (const text of [state(), "", "Permission denied\n4 4 4 4 4 4 4 4", "1\n# be_id be_name\n4 4"]) {
    assert.equal(withoutOldMaintenance(text), text);
  }
});
