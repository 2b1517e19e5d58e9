import assert from "node:assert/strict";
import { parseSysctls } from "../../../lib/core/sysctl/parseSysctls.ts";

const paths: [word: string, path: string, value: string][] = [
  ["net.core.somaxconn=1024", "net/core/somaxconn", "1024"],
  ["net/core/somaxconn=1024", "net/core/somaxconn", "1024"],
  ["net.ipv4.conf.eth0/100.rp_filter=0", "net/ipv4/conf/eth0.100/rp_filter", "0"],
  ["net/ipv4/conf/eth0.100/rp_filter=0", "net/ipv4/conf/eth0.100/rp_filter", "0"],
  ["kernel.core_pattern=core=%p", "kernel/core_pattern", "core=%p"],
];
for (const [word, path, value] of paths) {
  Deno.test(`parseSysctls: ${word}`, () => {
    assert.deepEqual(parseSysctls(` ${word}\n`), [{ key: word.slice(0, word.indexOf("=")), value, path }]);
  });
}

const unfit = [
  "net.core.somaxconn",
  "net.core.somaxconn=",
  "=1",
  "somaxconn=1",
  "net//core=1",
  "/etc/passwd=1",
  "net/../../etc/passwd=1",
  "net.//.core=1",
  "net.co re=1",
  "net.ärger=1",
];
for (const word of unfit) {
  Deno.test(`parseSysctls: ${word} is unfit`, () => {
    const problems = parseSysctls(word).filter((sysctl) => "problem" in sysctl);
    assert.notEqual(problems.length, 0);
  });
}

Deno.test("parseSysctls: several, and none", () => {
  const keys = parseSysctls("a.b=1  c.d=2").map((sysctl) => "key" in sysctl && sysctl.key);
  assert.deepEqual(keys, ["a.b", "c.d"]);
  assert.deepEqual(parseSysctls(" "), []);
});
