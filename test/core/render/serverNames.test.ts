import assert from "node:assert/strict";
import { cleanName } from "../../../lib/core/render/cleanName.ts";
import { cookieValue } from "../../../lib/core/render/cookieValue.ts";
import { serverId } from "../../../lib/core/render/serverId.ts";
import { serverName } from "../../../lib/core/render/serverName.ts";

// Ids and cookies were computed with Python's hashlib: int(sha256(name), 16) % 32767, again on "{name} {hex digest}"
// where that is 0 or taken; sha1(name)[:10].

Deno.test("cleanName: only letters, digits and hyphens stay", () => {
  assert.equal(cleanName("/A-z.09_ä*:"), "_A-z_09____");
});

const names: [host: string, ip: string, name: string][] = [
  ["10.0.0.1", "10.0.0.1", "10_0_0_1_31000"],
  ["agent-1.example.com", "10.0.0.1", "agent-1_example_com_10_0_0_1_31000"],
  ["10.0.0.2", "192.168.0.5", "10_0_0_2_192_168_0_5_31000"],
  ["agent", "fd00::1", "agent_fd00__1_31000"],
];
for (const [host, ip, name] of names) {
  Deno.test(`serverName: ${name}`, () => {
    assert.equal(serverName({ host, ip, port: 31000, draining: false }), name);
  });
}

Deno.test("serverId: the hash of the name, and its hash again where that is taken", () => {
  const taken = new Set<number>();
  assert.deepEqual([1, 2, 3].map(() => serverId("10_0_0_1_31000", taken)), [28035, 8455, 24925]);
  assert.deepEqual([...taken], [28035, 8455, 24925]);
});

Deno.test("serverId: two names of one hash", () => {
  const taken = new Set<number>();
  assert.deepEqual(["10_0_0_1_34", "10_0_0_1_154"].map((name) => serverId(name, taken)), [22891, 12639]);
});

Deno.test("serverId: 0 is no id", () => {
  assert.equal(serverId("task-24412", new Set()), 8779);
});

Deno.test("cookieValue: the first ten digits", () => {
  assert.equal(cookieValue("10_0_0_1_31000"), "13d473d85a");
  assert.equal(cookieValue("agent-1_10_0_0_1_31000"), "a397bdf225");
});
