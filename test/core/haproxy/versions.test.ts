import assert from "node:assert/strict";
import {
  type HaproxyTrait,
  hasTrait,
  isBuiltWith,
  isReloadUnderWay,
  parseHaproxyVersion,
  parseHashSchemes,
} from "../../../lib/core/haproxy/versions.ts";

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
    assert.equal(version !== undefined && hasTrait(version, "supported"), supported);
  });
}

const firsts: [trait: HaproxyTrait, before: [number, number], first: [number, number]][] = [
  ["supported", [2, 5], [2, 6]],
  ["dynamicCookies", [2, 9], [3, 0]],
  ["keptCounters", [2, 9], [3, 0]],
  ["deletesServers", [2, 9], [3, 0]],
  ["distinctNames", [3, 1], [3, 2]],
  ["automaticSni", [3, 2], [3, 3]],
];
for (const [trait, before, first] of firsts) {
  Deno.test(`hasTrait: ${trait} from HAProxy ${first.join(".")} on`, () => {
    const has = ([major, minor]: [number, number]) => hasTrait({ major, minor }, trait);
    assert.deepEqual(
      [before, first, [first[0], 99], [first[0] + 1, 0]].map((version) => has(version as [number, number])),
      [
        false,
        true,
        true,
        true,
      ],
    );
  });
}

Deno.test("isReloadUnderWay: what HAProxy 3.1 answers to a reload during another one", () => {
  assert.ok(isReloadUnderWay("Another reload is still in progress.\n"));
  assert.ok(!isReloadUnderWay("[ALERT] (1) : config : no such file\n"));
});

/** As `haproxy -vv` prints it, cut to a few of its lines. */
const build = (target: string, crypt: string) =>
  `HAProxy version 2.8.3-86e043a 2023/09/07 - https://haproxy.org/
Build options :
  TARGET  = ${target}
  CPU     = generic

Encrypted password support via crypt(3): ${crypt}
Built with gcc compiler version 12.2.1
`;

Deno.test("parseHashSchemes: a HAProxy without crypt(3) can check none", () => {
  assert.deepEqual(parseHashSchemes(build("linux-glibc", "no")), new Set());
  assert.deepEqual(parseHashSchemes(build("linux-musl", "no")), new Set());
});

Deno.test("parseHashSchemes: with musl it can check what musl knows, and no yescrypt", () => {
  const known = parseHashSchemes(build("linux-musl", "yes"))!;
  assert.ok(known.has("sha512crypt") && known.has("bcrypt") && known.has("descrypt"));
  assert.ok(!known.has("yescrypt") && !known.has("sha1crypt") && !known.has("NT"));
});

for (const output of [build("linux-glibc", "yes"), build("freebsd", "yes"), "HAProxy version 2.8.3", ""]) {
  Deno.test(`parseHashSchemes: ${JSON.stringify(output.slice(0, 120))} does not say`, () => {
    assert.equal(parseHashSchemes(output), undefined);
  });
}

Deno.test("isBuiltWith: what the list of features has with a plus", () => {
  const output =
    "HAProxy version 3.0.11 2026\n  OPTIONS = USE_QUIC=1\nFeature list : -51DEGREES +QUIC_COMPAT -SSL +ZLIB\n";
  assert.ok(isBuiltWith(output, "ZLIB"));
  for (const feature of ["QUIC", "SSL", "51DEGREES"]) assert.ok(!isBuiltWith(output, feature), feature);
  assert.ok(!isBuiltWith("HAProxy version 3.0.11 2026\n", "QUIC"));
});
