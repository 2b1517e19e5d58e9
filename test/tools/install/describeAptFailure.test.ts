import assert from "node:assert/strict";
import { describeAptFailure } from "../../../tools/install/describeAptFailure.ts";

const cases: [name: string, stderr: string, description: string][] = [
  [
    "apt-get's first error",
    "W: GPG error\nE: Unable to locate package haproxy\nE: Other\n",
    "Unable to locate package haproxy",
  ],
  [
    "what sudo said",
    "\nsudo: a terminal is required to read the password\nsudo: a password is required\n",
    "sudo: a password is required",
  ],
  ["nothing said", "", "Command failed: apt-get update"],
];

for (const [name, stderr, description] of cases) {
  Deno.test(`why apt-get failed: ${name}`, () => {
    assert.equal(describeAptFailure(stderr, "Command failed: apt-get update\nmore"), description);
  });
}
