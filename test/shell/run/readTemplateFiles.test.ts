import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readTemplateFiles } from "../../../lib/shell/run/readTemplateFiles.ts";
import { withDirectory } from "../files/withDirectory.ts";

Deno.test("readTemplateFiles: templates alone, in the order of directories and names", () =>
  withDirectory(async (root) => {
    const [first, second] = [join(root, "z"), join(root, "a")];
    for (const directory of [first, second]) await mkdir(directory);
    await writeFile(join(first, "HAPROXY_HEAD.hbs"), "head {{maxconn}}");
    await writeFile(join(first, "HAPROXY_BACKEND_HEAD"), "backend");
    await writeFile(join(first, "README"), "no template");
    await writeFile(join(second, "HAPROXY_HEAD"), "another head");
    assert.deepEqual([...await readTemplateFiles([first, join(root, "none"), second])], [
      [join(first, "HAPROXY_BACKEND_HEAD"), "backend"],
      [join(first, "HAPROXY_HEAD.hbs"), "head {{maxconn}}"],
      [join(second, "HAPROXY_HEAD"), "another head"],
    ]);
  }));

Deno.test("readTemplateFiles: what is no directory, or no file, is one line with its path", () =>
  withDirectory(async (root) => {
    const path = join(root, "HAPROXY_HEAD");
    await mkdir(path);
    await assert.rejects(readTemplateFiles([root]), {
      message: `Cannot read ${path}: it is a directory; choose another path`,
    });
    const file = join(root, "file");
    await writeFile(file, "");
    await assert.rejects(readTemplateFiles([file]), {
      message:
        `Cannot read the template directory ${file}: a part of the path is not a directory; check the path`,
    });
  }));
