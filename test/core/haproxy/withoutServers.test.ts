import assert from "node:assert/strict";
import { withoutServers } from "../../../lib/core/haproxy/withoutServers.ts";

const head = "1\n# be_id be_name srv_id srv_name srv_addr\n";
const state = `${head}3 a 1 s1 10.0.0.1\n3 a 2 s2 10.0.0.2\n4 b 1 s1 10.0.0.3\n`;

Deno.test("withoutServers: leaves out servers of these names in their backends", () => {
  assert.equal(
    withoutServers(state, new Set(["a/s1", "b/s2"])),
    `${head}3 a 2 s2 10.0.0.2\n4 b 1 s1 10.0.0.3\n`,
  );
  assert.equal(withoutServers(state, new Set()), state);
});
