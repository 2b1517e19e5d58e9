import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  archiveOf,
  matrix,
  minorOf,
  newestPackage,
  testsOfEach,
  testsOfImage,
  testsOn,
} from "../../../tools/haproxies/matrix.ts";
import { cacheFolder } from "../../../tools/haproxies/provide.ts";
import { writeExecutable } from "../../shell/haproxy/support/writeExecutable.ts";
import { readDockerfile } from "../../support/readDockerfile.ts";
import { withDirectory } from "../../shell/system/withDirectory.ts";

Deno.test("matrix of HAProxies: every test that it names is there", () => {
  const gone = [...testsOfEach, ...testsOfImage].filter((path) =>
    !existsSync(new URL(`../../../${path}`, import.meta.url))
  );
  assert.deepEqual(gone, []);
});

Deno.test("matrix of HAProxies: the oldest that is supported, and no version twice", () => {
  const versions = matrix.map(({ version }) => version);
  assert.equal(versions[0], "2.6");
  assert.deepEqual([...new Set(versions)], versions);
});

Deno.test("matrix of HAProxies: the tests of the image run on the one that the Dockerfile's release has", () => {
  const [row, ...others] = matrix.filter(({ inImage }) => inImage);
  assert.deepEqual(others, []);
  assert.match(
    readDockerfile().find(({ name }) => name === "FROM")!.text,
    new RegExp(`-${row!.suites[0]}-slim AS build$`),
  );
  assert.deepEqual(testsOn(row!.version), [...testsOfEach, ...testsOfImage]);
  assert.deepEqual(testsOn("2.8"), testsOfEach);
});

const listed = ` haproxy | 3.4.1-1 | http://archive.test/debian sid/main amd64 Packages
   haproxy | 3.2.26-1 | http://archive.test/debian sid/main amd64 Packages
   haproxy | 3.2.9-2~bpo13+1 | http://archive.test/debian sid/main amd64 Packages
`;
for (
  const [version, found] of [["3.2", "3.2.26-1"], ["3.4", "3.4.1-1"], ["3", undefined], [
    "2.6",
    undefined,
  ]] as const
) {
  Deno.test(`matrix of HAProxies: the newest package of ${version} is ${found}`, () => {
    assert.equal(newestPackage(listed, version), found);
    assert.equal(newestPackage("", version), undefined);
  });
}

for (
  const [text, minor] of [["2.6.12-1+deb12u4", "2.6"], ["3.10.0", "3.10"], ["3.4-dev1", "3.4"], [
    "apt",
    undefined,
  ]]
) {
  Deno.test(`matrix of HAProxies: ${text} is of version ${minor}`, () => assert.equal(minorOf(text!), minor));
}

Deno.test("matrix of HAProxies: packages come from Debian's own archive, not from that of security updates or others", () => {
  const security = "Debian-Security|main|http://archive.test/security/\n";
  const others = "Other|main|http://other.test/\nDebian|contrib|http://contrib.test/debian/\n";
  assert.equal(archiveOf(security + others), undefined);
  const own = "Debian|main|http://archive.test/debian/\n";
  assert.equal(archiveOf(security + others + own), "http://archive.test/debian/");
});

Deno.test("matrix of HAProxies: the cache is where the user wants it, and root's where other users can run it", () => {
  assert.equal(cacheFolder({ XDG_CACHE_HOME: "/x" }, true), "/x/marathon-lb/haproxies");
  assert.equal(cacheFolder({}, true), "/var/cache/marathon-lb/haproxies");
  assert.match(cacheFolder({}, false), /\/\.cache\/marathon-lb\/haproxies$/);
});

const main = fileURLToPath(new URL("../../../tools/haproxies/main.ts", import.meta.url));
for (
  const [name, version, apt, line] of [
    ["apt has no archive of Debian", "3.2", "exit 0", /^haproxies: apt has no archive of Debian/],
    [
      "apt fails",
      "3.2",
      "echo 'E: no luck' >&2; exit 100",
      /^haproxies: apt-get indextargets failed: no luck$/,
    ],
    [
      "the version is none of the matrix",
      "1.1",
      "exit 0",
      /^haproxies: there is no HAProxy 1\.1 to be had: 2\.6, /,
    ],
  ] as const
) {
  Deno.test(`matrix of HAProxies: where ${name}, that is one line and exit code 1`, () =>
    withDirectory(async (directory) => {
      await writeExecutable(join(directory, "apt-get"), `#!/bin/sh\n${apt}\n`);
      const { status, stdout, stderr } = spawnSync(process.execPath, ["run", "-A", main, version], {
        encoding: "utf8",
        env: { ...process.env, PATH: directory, XDG_CACHE_HOME: directory },
      });
      assert.deepEqual([status, stdout, stderr.trim().split("\n").length], [1, "", 1], stderr);
      assert.match(stderr.trim(), line);
    }));
}
