import assert from "node:assert/strict";
import { readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { luaScripts } from "../../../lib/core/haproxy/luaScripts.ts";
import { prepareDirectories } from "../../../lib/shell/run/prepareDirectories.ts";
import { withDirectory } from "../files/withDirectory.ts";
import { parseOptions } from "./support/parseOptions.ts";

/** The options of a load balancer whose directories are all under `root`. */
function optionsIn(root: string) {
  const flags = {
    "--work-dir": "work",
    "--run-dir": "run",
    "--state-dir": "state",
    "--haproxy-config": "etc/h.cfg",
  };
  return parseOptions([
    "sse",
    ...Object.entries(flags).flatMap(([flag, path]) => [flag, join(root, "new", path)]),
  ]);
}

Deno.test("prepareDirectories: makes them all and writes the Lua scripts", () =>
  withDirectory(async (root) => {
    await prepareDirectories(optionsIn(root));
    assert.deepEqual((await readdir(join(root, "new"))).sort(), ["etc", "run", "state", "work"]);
    const work = join(root, "new", "work");
    const scripts = await readdir(work);
    assert.ok(scripts.length > 0);
    assert.deepEqual(scripts.sort(), Object.keys(luaScripts).sort());
    for (const [name, text] of Object.entries(luaScripts)) {
      assert.equal(await readFile(join(work, name), "utf8"), text);
      assert.equal((await stat(join(work, name))).mode & 0o777, 0o644, "HAProxy's user has to read it");
    }
  }));

Deno.test("prepareDirectories: renews a script of another version, and leaves what is right alone", () =>
  withDirectory(async (root) => {
    await prepareDirectories(optionsIn(root));
    const [outdated, right] = Object.keys(luaScripts).map((name) => join(root, "new", "work", name));
    await writeFile(outdated!, "-- of an earlier version\n");
    await utimes(right!, 1, 1);
    await prepareDirectories(optionsIn(root));
    assert.notEqual(await readFile(outdated!, "utf8"), "-- of an earlier version\n");
    assert.equal((await stat(right!)).mtimeMs, 1000);
  }));

Deno.test("prepareDirectories: a directory that cannot be is one line that names its flag", () =>
  withDirectory(async (root) => {
    await writeFile(join(root, "new"), "in the way");
    await assert.rejects(prepareDirectories(optionsIn(root)), {
      message: `Cannot make the directory of --work-dir ${join(root, "new", "work")}: ` +
        "a part of the path is not a directory; check the path",
    });
  }));
