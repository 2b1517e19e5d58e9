import assert from "node:assert/strict";
import { isProxyStopped } from "../../../lib/core/haproxy/isProxyStopped.ts";

const lines: [line: string, is: boolean][] = [
  ["[WARNING]  (31259) : Proxy web_10000 stopped (cumulated conns: FE: 0, BE: 12).", true],
  ["[NOTICE]   (7) : Proxy marathon_http_in stopped (cumulated conns: FE: 1, BE: 0).", true],
  ["[WARNING]  (31259) : Server web_10000/s1 is DOWN, reason: Layer4 connection problem.", false],
  ["[ALERT]    (31259) : config : Proxy web_10000 stopped (cumulated conns: no", false],
  ["Proxy web_10000 stopped (cumulated conns: FE: 0, BE: 12).", false],
];
for (const [line, is] of lines) {
  Deno.test(`isProxyStopped: ${is ? "" : "not "}${line}`, () => assert.equal(isProxyStopped(line), is));
}
