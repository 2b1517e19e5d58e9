import assert from "node:assert/strict";
import { defaultOptions, fitLimits } from "../../../lib/core/render/context.ts";

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

const limits: [limit: number | undefined, servers: number, maxconn: number, warning?: RegExp][] = [
  [undefined, 100_000, 50_000],
  [1_048_576, 0, 50_000],
  [100_200, 0, 50_000],
  [
    100_199,
    0,
    49_000,
    /^maxconn is 49000 instead of 50000: the file-descriptor limit is 100199, about 101000 are needed/,
  ],
  [65_536, 0, 32_000, /^maxconn is 32000 .*; raise LimitNOFILE \(ulimit -Hn\)$/],
  [65_536, 500, 32_000, /102000/],
  [65_536, 1_000, 31_000, /103000/],
  [4_096, 10, 1_000, /^maxconn is 1000 /],
  [1_024, 10, 402, /^maxconn is 402 /],
  [1_024, 312, 100, /^maxconn is 100 /],
  [
    1_024,
    313,
    100,
    /^The file-descriptor limit is 1024, .* about 2000: HAProxy runs without strict limits and /,
  ],
  [
    20_000,
    30_000,
    100,
    /^The file-descriptor limit is 20000, .* about 61000: .*; raise LimitNOFILE \(ulimit -Hn\)$/,
  ],
  [0, 0, 100, /^The file-descriptor limit is 0, /],
];
for (const [limit, servers, maxconn, expected] of limits) {
  Deno.test(`fitLimits: ${limit} descriptors, ${servers} servers`, () => {
    const { warning, ...limits } = fitLimits(limit, servers);
    assert.deepEqual(limits, {
      maxconn,
      strictLimits: !/without strict limits|limit is 0/.test(warning ?? ""),
    });
    if (expected) assert.match(warning!, expected);
    else assert.equal(warning, undefined);
  });
}
