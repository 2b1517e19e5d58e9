import assert from "node:assert/strict";
import { whyNoNewServers } from "../../../lib/core/plan/whyNoNewServers.ts";

const balanced = (line: string) => `\nbackend b\n  ${line}\n  mode http\n`;
const table: [what: string, section: string, head: string, expected: RegExp | undefined][] = [
  ["no balance at all", balanced(""), "", undefined],
  ...["roundrobin", "leastconn", "first", "random", "random(3)"].map((
    name,
  ): [string, string, string, undefined] => [name, balanced(`balance ${name}`), "", undefined]),
  ...["static-rr", "source", "uri", "url_param id", "hdr(Host)", "rdp-cookie"].map((
    name,
  ): [string, string, string, RegExp] => [
    name,
    balanced(`balance ${name}`),
    "",
    new RegExp(`^balance ${name.split(" ")[0]!.replace(/[()]/g, "\\$&")} takes no servers at run time$`),
  ]),
  ["a hash", balanced("balance source\n  hash-type map-based"), "", /balance source/],
  ["a consistent hash", balanced("balance source\n  hash-type consistent sdbm"), "", undefined],
  ["the last balance counts", balanced("balance source\n  balance leastconn"), "", undefined],
  ["an empty balance", balanced("balance "), "defaults\n  balance source\n", /balance source/],
  ["one from the defaults", balanced(""), "defaults\n  balance source\n", /balance source/],
  [
    "an own one before that of the defaults",
    balanced("balance roundrobin"),
    "defaults\n  balance source\n",
    undefined,
  ],
  ["a default-server", balanced("default-server inter 1s"), "", /^default-server does not count/],
  [
    "a default-server in the defaults",
    balanced(""),
    "defaults\n  default-server fall 2\n",
    /^default-server/,
  ],
];
for (const [what, section, head, expected] of table) {
  Deno.test(`whyNoNewServers: ${what}`, () => {
    const why = whyNoNewServers(section, head);
    if (expected) assert.match(why ?? "", expected);
    else assert.equal(why, undefined);
  });
}
