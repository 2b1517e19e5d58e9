import assert from "node:assert/strict";
import { findStaticOption } from "../../../lib/core/plan/dynamicOptions.ts";

const table: [options: string, expected: string | undefined][] = [
  ["", undefined],
  ["id 7 check inter 5s fall 4 port 81", undefined],
  ["weight 10 maxconn 5 backup", undefined],
  ["ssl verify none sni req.hdr(host) alpn h2", undefined],
  ["cookie abc", "cookie"],
  ["check cookie abc", "cookie"],
  ["id 7 resolvers dns", "resolvers"],
  ["redir http://x", "redir"],
  ["slowstart 5s", "slowstart"],
  ["track b/s", "track"],
  ["agent-check agent-port 9", "agent-check"],
  // What stands behind an option is no option itself.
  ["sni cookie", undefined],
  ["check nonsense", "nonsense"],
];
for (const [options, expected] of table) {
  Deno.test(`findStaticOption: ${options || "none"}`, () => {
    assert.equal(findStaticOption(options.split(" ").filter((word) => word !== "")), expected);
  });
}
