import assert from "node:assert/strict";
import { defaultOptions } from "../../../lib/core/render/defaultOptions.ts";
import { fitMaxconn } from "../../../lib/core/render/fitMaxconn.ts";

const options: [list: string | undefined, expected: string[]][] = [
  [undefined, ["dontlognull", "http-server-close", "redispatch"]],
  ["", []],
  ["redispatch , dontlognull,,redispatch", ["dontlognull", "redispatch"]],
  ["httplog clf", ["httplog clf"]],
];
for (const [list, expected] of options) {
  Deno.test(`defaultOptions: ${JSON.stringify(list)}`, () =>
    assert.deepEqual(defaultOptions(list), expected));
}

const limits: [limit: number | undefined, servers: number, maxconn: number][] = [
  [undefined, 100_000, 50_000],
  [1_048_576, 0, 50_000],
  [100_200, 0, 50_000],
  [100_199, 0, 49_000],
  [65_536, 0, 32_000],
  [65_536, 500, 32_000],
  [65_536, 1_000, 31_000],
  [4_096, 10, 1_000],
  [1_024, 10, 402],
  [1_024, 400, 100],
  [0, 0, 100],
];
for (const [limit, servers, maxconn] of limits) {
  Deno.test(`fitMaxconn: ${limit} descriptors, ${servers} servers`, () => {
    assert.equal(fitMaxconn(limit, servers), maxconn);
  });
}
