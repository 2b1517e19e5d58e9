import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { applySysctls } from "../../../lib/shell/run/applySysctls.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { withDirectory } from "../files/withDirectory.ts";

/** Runs with `net.core.somaxconn` at 128 in place of the kernel's parameters. */
function withParameters(
  test: (apply: (text: string, nonStrict?: string) => Promise<string[]>, file: string) => Promise<void>,
) {
  return withDirectory(async (directory) => {
    const file = join(directory, "net/core/somaxconn");
    await mkdir(join(directory, "net/core"), { recursive: true });
    await writeFile(file, "128\n");
    await test(async (text, nonStrict) => {
      const logger = new RecordingLogger();
      const environment = { HAPROXY_SYSCTL_PARAMS: text, HAPROXY_SYSCTL_NONSTRICT: nonStrict };
      await applySysctls({ environment, logger }, directory);
      return logger.lines;
    }, file);
  });
}

Deno.test("applySysctls: sets what is there, in their order, and tells", () =>
  withParameters(async (apply, file) => {
    assert.deepEqual(await apply("net.core.somaxconn=10  net/core/somaxconn=2048"), [
      "info marathon_lb: Kernel parameter net.core.somaxconn set to 10",
      "info marathon_lb: Kernel parameter net/core/somaxconn set to 2048",
    ]);
    assert.equal((await readFile(file, "utf8")).split("\n")[0], "2048");
    assert.deepEqual(await apply(""), []);
  }));

const wrong: [params: string, said: RegExp][] = [
  [
    "net.core.none=1 net.core.somaxconn=7",
    /^HAPROXY_SYSCTL_PARAMS: Cannot set net\.core\.none=1: there is no such kernel parameter/,
  ],
  [
    "net.core=1 net.core.somaxconn=7",
    /^HAPROXY_SYSCTL_PARAMS: Cannot set net\.core=1: that is a group/,
  ],
  [
    "net.core.somaxconn net.core.somaxconn=7",
    /^HAPROXY_SYSCTL_PARAMS: "net\.core\.somaxconn" is not of the form/,
  ],
  [
    "net/../../x=1 net.core.somaxconn=7",
    /^HAPROXY_SYSCTL_PARAMS: "net\/\.\.\/\.\.\/x" is no name of a kernel/,
  ],
];
for (const [params, said] of wrong) {
  Deno.test(`applySysctls: ${params.split(" ")[0]} ends the start, unless non-strict`, () =>
    withParameters(async (apply, file) => {
      await assert.rejects(apply(params), (error: Error) => {
        assert.match(error.message, said);
        assert.match(error.message, /\. HAPROXY_SYSCTL_NONSTRICT=true would start without it$/);
        return true;
      });
      assert.equal(await readFile(file, "utf8"), "128\n");
      const [warning = "", info] = await apply(params, "true");
      assert.match(warning.replace("warning marathon_lb: ", ""), said);
      assert.equal(info, "info marathon_lb: Kernel parameter net.core.somaxconn set to 7");
      assert.equal((await readFile(file, "utf8")).split("\n")[0], "7");
    }));
}
