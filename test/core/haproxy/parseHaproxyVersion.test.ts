import assert from "node:assert/strict";
import { isSupportedVersion } from "../../../lib/core/haproxy/isSupportedVersion.ts";
import { parseHaproxyVersion } from "../../../lib/core/haproxy/parseHaproxyVersion.ts";

const outputs: [output: string, version: [number, number, number, string] | undefined, supported: boolean][] =
  [
    [
      "HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/\nStatus: long-term supported branch\n",
      [2, 6, 12, "2.6.12-1+deb12u4"],
      true,
    ],
    [
      "HAProxy version 3.2.0-e134140d2 2025/05/28 - https://haproxy.org/\n",
      [3, 2, 0, "3.2.0-e134140d2"],
      true,
    ],
    ["HAProxy version 3.5-dev5-50872da 2026/08/21\n", [3, 5, 0, "3.5-dev5-50872da"], true],
    ["HAProxy version 10.0.1 2040/01/01\n", [10, 0, 1, "10.0.1"], true],
    ["HAProxy version 2.5.14 2023/05/02\n", [2, 5, 14, "2.5.14"], false],
    ["HA-Proxy version 1.8.19-1+deb10u3 2020/08/01\n", [1, 8, 19, "1.8.19-1+deb10u3"], false],
    ["[WARNING] something first\nHAProxy version 2.8.3 2023/09/08\n", [2, 8, 3, "2.8.3"], true],
    ["GNU bash, version 5.2.15(1)-release\n", undefined, false],
    ["", undefined, false],
  ];

for (const [output, expected, supported] of outputs) {
  Deno.test(`parseHaproxyVersion: ${JSON.stringify(output.slice(0, 40))}`, () => {
    const version = parseHaproxyVersion(output);
    assert.deepEqual(version && [version.major, version.minor, version.patch, version.text], expected);
    assert.equal(version !== undefined && isSupportedVersion(version), supported);
  });
}
