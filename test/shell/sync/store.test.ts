import assert from "node:assert/strict";
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ConfigurationFiles } from "../../../lib/core/plan/plan.ts";
import { archiveVersions, ConfigurationStore, PendingFiles } from "../../../lib/shell/sync/store.ts";
import { withDirectory } from "../system/withDirectory.ts";

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
  "symbolic links at its temporary files are not followed; one that the operator made of the configuration stays",
  { haproxyMap: true, configFile: "etc/haproxy.cfg" },
  async (store, directory) => {
    const [elsewhere, etc] = [join(directory, "elsewhere"), join(directory, "etc")];
    await Promise.all([mkdir(elsewhere), mkdir(etc)]);
    await writeFile(join(elsewhere, "victim"), "not ours");
    await writeFile(join(elsewhere, "real.cfg"), "old");
    for (const name of [".staged", ".draft", ".pending"]) await symlink(elsewhere, join(etc, name));
    await symlink(join(elsewhere, "victim"), join(etc, "haproxy.cfg.running.tmp"));
    await symlink(join(elsewhere, "real.cfg"), join(etc, "haproxy.cfg"));
    await store.discardStaged();
    await symlink(elsewhere, join(etc, ".staged"));
    await store.stage(files("new"));
    await store.commit(files("new"));
    await store.publish();
    assert.deepEqual(await tree(elsewhere), { "victim": "not ours", "real.cfg": "new" });
    assert.equal(await readFile(join(etc, "haproxy.cfg.running"), "utf8"), "new");
    assert.ok((await lstat(join(etc, "haproxy.cfg"))).isSymbolicLink());
  },
);

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

test(
  "two checks may be staged at a time, and neither is left by a process that was killed",
  {},
  async (store, directory) => {
    const [first, second] = [
      await store.stage(files("first")),
      await store.stage(files("second"), ".judged"),
    ];
    await store.discardStaged(".judged");
    assert.deepEqual([await readFile(first, "utf8"), await readdir(directory)], ["first", [".staged"]]);
    assert.equal(await store.stage(files("second"), ".judged"), second);
    await store.recover();
    assert.deepEqual(await readdir(directory), []);
  },
);

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

function pendingFilesTest(
  name: string,
  run: (pending: PendingFiles, directory: string) => Promise<void>,
): void {
  Deno.test(
    `PendingFiles: ${name}`,
    () => withDirectory((directory) => run(new PendingFiles(directory), directory)),
  );
}

const pendingFilesFiles = (
  text: string,
) => [{ name: "map", content: text }, { name: "haproxy.cfg", content: [...text] }];
const texts = (directory: string) =>
  Promise.all(["map", "haproxy.cfg"].map((name) => readFile(join(directory, name), "utf8")));

pendingFilesTest("replaces all, and leaves nothing else behind", async (pending, directory) => {
  for (const text of ["old", "new"]) {
    await pending.replace(pendingFilesFiles(text));
    assert.deepEqual(await texts(directory), [text, text]);
  }
  assert.deepEqual((await readdir(directory)).sort(), ["haproxy.cfg", "map"]);
  assert.equal(await pending.finish(), false);
});

pendingFilesTest("what was interrupted before the decision is forgotten", async (pending, directory) => {
  await pending.replace(pendingFilesFiles("old"));
  await mkdir(join(directory, ".draft"));
  await writeFile(join(directory, ".draft/0-map"), "half");
  assert.equal(await pending.finish(), false);
  assert.deepEqual(await texts(directory), ["old", "old"]);
  await pending.replace(pendingFilesFiles("new"));
  assert.deepEqual((await readdir(directory)).sort(), ["haproxy.cfg", "map"]);
});

for (const moved of [0, 1, 2]) {
  pendingFilesTest(`what was interrupted after ${moved} of 2 moves is done`, async (pending, directory) => {
    await pending.replace(pendingFilesFiles("old"));
    await mkdir(join(directory, ".pending"));
    for (const [index, { name }] of pendingFilesFiles("new").entries()) {
      await writeFile(join(directory, index < moved ? name : `.pending/${index}-${name}`), "new");
    }
    assert.equal(await pending.finish(), moved < 2);
    assert.deepEqual(await texts(directory), ["new", "new"]);
    assert.deepEqual((await readdir(directory)).sort(), ["haproxy.cfg", "map"]);
  });
}

pendingFilesTest("modes and symbolic links stay, on another file system too", async (pending, directory) => {
  const elsewhere = `/dev/shm/pending-files-test-${crypto.randomUUID()}`;
  try {
    await writeFile(elsewhere, "old");
    assert.notEqual((await stat(elsewhere)).dev, (await stat(directory)).dev, "this test needs /dev/shm");
    await symlink(elsewhere, join(directory, "map"));
    await writeFile(join(directory, "haproxy.cfg"), "old");
    for (const path of [elsewhere, join(directory, "haproxy.cfg")]) await chmod(path, 0o640);
    await pending.replace(pendingFilesFiles("new"));
    assert.deepEqual(await texts(directory), ["new", "new"]);
    assert.equal(await readlink(join(directory, "map")), elsewhere);
    for (const path of [elsewhere, join(directory, "haproxy.cfg")]) {
      assert.equal((await stat(path)).mode & 0o777, 0o640);
    }
  } finally {
    await Deno.remove(elsewhere);
  }
});

pendingFilesTest("a file that cannot be written changes none", async (pending, directory) => {
  await pending.replace(pendingFilesFiles("old"));
  const bad = [...pendingFilesFiles("new"), { name: "no/such/directory", content: "" }];
  await assert.rejects(pending.replace(bad), /^Error: Cannot write \S+: no such file or directory/);
  assert.deepEqual(await texts(directory), ["old", "old"]);
  assert.deepEqual((await readdir(directory)).sort(), ["haproxy.cfg", "map"]);
});

/** All files of a directory as `name: content`, in order. */
async function contentsOf(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).sort();
  return await Promise.all(
    names.map(async (name) => `${name}: ${await readFile(join(directory, name), "utf8")}`),
  );
}

Deno.test("the last versions are kept, the newest as .1", () =>
  withDirectory(async (root) => {
    const file = join(root, "haproxy.cfg");
    const directory = join(root, "archive");
    for (const content of ["one", "two", "three", "four"]) {
      await writeFile(file, content, { mode: 0o600 });
      await archiveVersions(file, { directory, keep: 3 });
    }
    assert.deepEqual(await contentsOf(directory), [
      "haproxy.cfg.1: four",
      "haproxy.cfg.2: three",
      "haproxy.cfg.3: two",
    ]);
    assert.equal((await stat(join(directory, "haproxy.cfg.1"))).mode & 0o777, 0o600);
    assert.equal(await readFile(file, "utf8"), "four");
  }));

Deno.test("versions beyond the number are removed when it is lowered, other files are not", () =>
  withDirectory(async (directory) => {
    const file = join(directory, "haproxy.cfg");
    await writeFile(file, "now");
    for (
      const name of ["haproxy.cfg.1", "haproxy.cfg.2", "haproxy.cfg.10", "haproxy.cfg.01", "haproxy.cfg.bak"]
    ) {
      await writeFile(join(directory, name), name);
    }
    await archiveVersions(file, { directory, keep: 2 });
    assert.deepEqual(await contentsOf(directory), [
      "haproxy.cfg: now",
      "haproxy.cfg.01: haproxy.cfg.01",
      "haproxy.cfg.1: now",
      "haproxy.cfg.2: haproxy.cfg.1",
      "haproxy.cfg.bak: haproxy.cfg.bak",
    ]);
    await archiveVersions(file, { directory, keep: 0 });
    assert.deepEqual((await readdir(directory)).sort(), ["haproxy.cfg", "haproxy.cfg.01", "haproxy.cfg.bak"]);
  }));

Deno.test("a file that is edited in place does not change its history", () =>
  withDirectory(async (directory) => {
    const file = join(directory, "haproxy.cfg");
    await writeFile(file, "before");
    await archiveVersions(file, { directory, keep: 1 });
    await writeFile(file, "after");
    assert.equal(await readFile(join(directory, "haproxy.cfg.1"), "utf8"), "before");
  }));

Deno.test("without the file the versions stay as they are", () =>
  withDirectory(async (directory) => {
    await writeFile(join(directory, "haproxy.cfg.1"), "older");
    await archiveVersions(join(directory, "haproxy.cfg"), { directory, keep: 5 });
    assert.deepEqual(await contentsOf(directory), ["haproxy.cfg.1: older"]);
  }));

Deno.test("a failure says where and leaves no temporary file", () =>
  withDirectory(async (directory) => {
    const file = join(directory, "haproxy.cfg");
    await writeFile(file, "now");
    await mkdir(join(directory, "haproxy.cfg.1"));
    await assert.rejects(archiveVersions(file, { directory, keep: 1 }), (error: Error) => {
      assert.ok(error.message.startsWith(`Cannot archive ${file} in ${directory}: `), error.message);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
    assert.deepEqual((await readdir(directory)).sort(), ["haproxy.cfg", "haproxy.cfg.1"]);
  }));

test(
  "share.map is there where the configuration has one, also without --haproxy-map",
  {},
  async (store, directory) => {
    const plain = files("plain\n");
    await store.commit(plain);
    assert.deepEqual(await tree(directory), { "haproxy.cfg": "plain\n" });
    const text = `looks up ${directory}/share.map\n`;
    const shared = { text, maps: { ...plain.maps, "share.map": "a_1@x 10\n" } };
    const staged = await store.stage(shared);
    assert.equal(await readFile(staged, "utf8"), `looks up ${dirname(staged)}/share.map\n`);
    assert.equal(await readFile(join(dirname(staged), "share.map"), "utf8"), "a_1@x 10\n");
    await store.discardStaged();
    await store.commit(shared);
    assert.deepEqual(await store.read(), shared);
    await store.commit({ ...shared, maps: { ...shared.maps, "share.map": "a_1@x 20\n" } });
    assert.deepEqual(await tree(directory), { "haproxy.cfg": text, "share.map": "a_1@x 20\n" });
    await store.commit(plain);
    assert.deepEqual(await tree(directory), { "haproxy.cfg": "plain\n", "share.map": "" });
    assert.deepEqual(await store.read(), plain);
    await store.commit(shared);
    await rm(join(directory, "share.map"));
    assert.equal(await store.read(), undefined, "HAProxy does not start without it");
  },
);
