import assert from "node:assert/strict";
import { anchor } from "../../../../lib/core/docs/markdown/anchor.ts";

const cases: [heading: string, expected: string][] = [
  ["HAProxy and reloads", "haproxy-and-reloads"],
  ["`HAPROXY_{n}_VHOST`", "haproxy_n_vhost"],
  ["`-m, --marathon <URL ...>`", "-m---marathon-url-"],
];
for (const [heading, expected] of cases) {
  Deno.test(`anchor: ${heading}`, () => assert.equal(anchor(heading), expected));
}
