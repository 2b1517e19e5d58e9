import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ConfigurationFiles } from "../../../lib/core/plan/ConfigurationFiles.ts";
import { ConfigurationStore } from "../../../lib/shell/configuration/ConfigurationStore.ts";
import { withDirectory } from "../files/withDirectory.ts";

const vhosts = "domain2backend.map";
const apps = "app2backend.map";

function files(text: string, vhostMap = "", appMap = ""): ConfigurationFiles {
  return { text, maps: { [vhosts]: vhostMap, [apps]: appMap } };
}

/** The files of a directory tree, relative path to text. */
async function tree(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const found: Record<string, string> = {};
  for (const entry of entries.filter((entry) => entry.isFile())) {
    const path = join(entry.parentPath, entry.name);
    found[path.slice(directory.length + 1)] = await readFile(path, "utf8");
  }
  return found;
}

interface StoreChoice {
  haproxyMap?: boolean;
  archiveVersions?: number;
  configFile?: string;
}

function test(
  name: string,
  choice: StoreChoice,
  run: (store: ConfigurationStore, directory: string) => Promise<void>,
): void {
  Deno.test(`ConfigurationStore: ${name}`, () =>
    withDirectory(async (directory) => {
      const { haproxyMap = false, archiveVersions = 0, configFile = "haproxy.cfg" } = choice;
      const path = `${directory}/${configFile}`;
      await run(new ConfigurationStore({ configFile: path, haproxyMap, archiveVersions }), directory);
    }));
}

test(
  "reads nothing where there is no configuration, whatever else is there",
  {},
  async (store, directory) => {
    assert.equal(await store.read(), undefined);
    await writeFile(join(directory, vhosts), "a.example a\n");
    assert.equal(await store.read(), undefined);
  },
);

test("reads the configuration and its maps; a missing map is an empty one", {}, async (store, directory) => {
  await writeFile(join(directory, "haproxy.cfg"), "global\n");
  assert.deepEqual(await store.read(), files("global\n"));
  await writeFile(join(directory, apps), "/a a\n");
  assert.deepEqual(await store.read(), files("global\n", "", "/a a\n"));
});

test(
  "writes the configuration alone without maps",
  { archiveVersions: 2 },
  async (store, directory) => {
    await store.commit(files("global\n", "ignored", "ignored"));
    assert.deepEqual(await tree(directory), { "haproxy.cfg": "global\n" });
  },
);

test(
  "writes maps too where they are looked up, empty ones as well",
  { haproxyMap: true },
  async (store, directory) => {
    await store.commit(files("global\n", "a.example a\n"));
    assert.deepEqual(await tree(directory), {
      "haproxy.cfg": "global\n",
      [vhosts]: "a.example a\n",
      [apps]: "",
    });
    assert.deepEqual(await store.read(), files("global\n", "a.example a\n"));
  },
);

test("makes the directory", { configFile: "new/deep/haproxy.cfg" }, async (store, directory) => {
  await store.commit(files("global\n"));
  assert.deepEqual(await tree(directory), { "new/deep/haproxy.cfg": "global\n" });
});

test("empties maps of an earlier run with them", {}, async (store, directory) => {
  await writeFile(join(directory, vhosts), "old.example old\n");
  await store.commit(files("global\n"));
  assert.deepEqual(await tree(directory), { "haproxy.cfg": "global\n", [vhosts]: "" });
  assert.deepEqual(await store.read(), files("global\n"));
});

test(
  "keeps the last versions of each file",
  { haproxyMap: true, archiveVersions: 2 },
  async (store, directory) => {
    for (const version of [1, 2, 3, 4]) await store.commit(files(`text ${version}`, `map ${version}`));
    assert.deepEqual(await tree(directory), {
      "haproxy.cfg": "text 4",
      [vhosts]: "map 4",
      [apps]: "",
      "archive/haproxy.cfg.1": "text 3",
      "archive/haproxy.cfg.2": "text 2",
      [`archive/${vhosts}.1`]: "map 3",
      [`archive/${vhosts}.2`]: "map 2",
    });
  },
);

test("keeps no version with 0, and removes those there are", {}, async (store, directory) => {
  await mkdir(join(directory, "archive"));
  await writeFile(join(directory, "archive", "haproxy.cfg.1"), "oldest");
  await store.commit(files("old"));
  await store.commit(files("new"));
  assert.deepEqual(await tree(directory), { "haproxy.cfg": "new" });
});

test(
  "a file that stays as it is is neither written nor archived",
  { archiveVersions: 2 },
  async (store, directory) => {
    await store.commit(files("same"));
    const before = await stat(join(directory, "haproxy.cfg"));
    await store.commit(files("same"));
    assert.deepEqual(await tree(directory), { "haproxy.cfg": "same" });
    assert.equal((await stat(join(directory, "haproxy.cfg"))).ino, before.ino);
  },
);

test(
  "failed attempts push no good version out of the archive",
  { archiveVersions: 2 },
  async (store, directory) => {
    for (const text of ["oldest", "old", "good"]) await store.commit(files(text));
    for (const attempt of [1, 2, 3]) {
      await store.commit(files(`bad ${attempt}`));
      await store.restore(files("good"));
    }
    assert.deepEqual(await tree(directory), {
      "haproxy.cfg": "good",
      "archive/haproxy.cfg.1": "good",
      "archive/haproxy.cfg.2": "old",
    });
  },
);

test("a commit that fails changes none of the files", { haproxyMap: true }, async (store, directory) => {
  await store.commit(files("old", "old", "old"));
  await rm(join(directory, apps));
  await mkdir(join(directory, apps));
  await assert.rejects(store.commit(files("new", "new", "new")), /^Error: Cannot read .*app2backend\.map: /);
  assert.equal(await readFile(join(directory, vhosts), "utf8"), "old");
  assert.equal(await readFile(store.configFile, "utf8"), "old");
});

test("ends a commit that was interrupted", { haproxyMap: true }, async (store, directory) => {
  await store.commit(files("old", "new", "new"));
  assert.equal(await store.recover(), false);
  await mkdir(join(directory, ".pending"));
  await writeFile(join(directory, ".pending/2-haproxy.cfg"), "new");
  assert.equal(await store.recover(), true);
  assert.deepEqual(await store.read(), files("new", "new", "new"));
});

Deno.test("ConfigurationStore: what configurations need is there before they are staged or put in place", () =>
  withDirectory(async (directory) => {
    const steps: string[] = [];
    const prepare = () => Promise.resolve(void steps.push("prepare"));
    const configFile = `${directory}/haproxy.cfg`;
    const store = new ConfigurationStore({ configFile, haproxyMap: false, archiveVersions: 0, prepare });
    await store.stage(files("new"));
    await store.commit(files("new"));
    assert.deepEqual(steps, ["prepare", "prepare"]);
  }));

const spellings = ["haproxy.cfg", "sub//haproxy.cfg", "./sub/haproxy.cfg", "sub/../haproxy.cfg"];
for (const configFile of spellings) {
  test(
    `stages ${configFile} where it names the staged maps`,
    { haproxyMap: true, configFile },
    async (store) => {
      // As the renderer looks for the maps.
      const directory = dirname(store.configFile);
      const text =
        `use_backend %[base,map(${directory}/${vhosts})] if { path,map(${directory}/${apps}) -m found }\n`;
      const staged = await store.stage(files(text, "a.example a\n", "/a a\n"));
      const [, first, second] = /map\((.*?)\).*map\((.*?)\)/.exec(await readFile(staged, "utf8"))!;
      assert.notEqual(first, `${directory}/${vhosts}`);
      assert.equal(await readFile(first!, "utf8"), "a.example a\n");
      assert.equal(await readFile(second!, "utf8"), "/a a\n");
      assert.equal(await store.read(), undefined, "a file that HAProxy reads was touched");
    },
  );
}

test("stages no maps where they are not looked up", {}, async (store, directory) => {
  const staged = await store.stage(files(`# ${directory}/${vhosts}\n`, "map", "map"));
  assert.deepEqual(await tree(directory), {
    [staged.slice(directory.length + 1)]: `# ${directory}/${vhosts}\n`,
  });
});

test("discards what was staged, and nothing else", { haproxyMap: true }, async (store, directory) => {
  await store.discardStaged();
  await store.commit(files("running"));
  await store.stage(files("staged"));
  await store.discardStaged();
  assert.deepEqual(await tree(directory), { "haproxy.cfg": "running", [vhosts]: "", [apps]: "" });
  assert.ok(!(await readdir(directory)).some((name) => name.startsWith(".")));
});

test("what a crash left staged does not survive the next start", {}, async (store, directory) => {
  await store.stage(files("staged"));
  await store.commit(files("running"));
  assert.equal(await store.recover(), false);
  assert.deepEqual(await readdir(directory), ["haproxy.cfg"]);
});

test(
  "a directory that cannot be is one clear line",
  { configFile: "file/haproxy.cfg" },
  async (store, directory) => {
    await writeFile(join(directory, "file"), "");
    const message = /^Error: Cannot (make the directory|write|read) \S+\/file\S*: [^\n]+$/;
    await assert.rejects(store.stage(files("text")), message);
    await assert.rejects(store.commit(files("text")), message);
    await assert.rejects(store.read(), message);
  },
);

Deno.test({
  name: "ConfigurationStore: a directory that nobody may write to is one clear line",
  ignore: Deno.build.os !== "linux",
  async fn() {
    // Not by its mode: that does not stop root.
    const configFile = "/proc/self/haproxy.cfg";
    const store = new ConfigurationStore({ configFile, haproxyMap: false, archiveVersions: 1 });
    assert.equal(await store.read(), undefined);
    const message = /^Error: Cannot (make the directory|write) \/proc\/self\/[^\n]+: [^\n]+$/;
    await assert.rejects(store.stage(files("text")), message);
    await assert.rejects(store.commit(files("text")), message);
  },
});
