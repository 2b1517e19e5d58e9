import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "../../../lib/shell/log/logger.ts";
import { openAppsFile } from "../../../lib/shell/marathon/appsFile.ts";

async function read(text: string | undefined): Promise<{ ids: string[]; problems: string[]; log: string[] }> {
  const directory = await mkdtemp(join(tmpdir(), "apps-file-"));
  const log: string[] = [];
  const logger = createLogger({ level: "info", format: "%(message)s", write: (line) => log.push(line) });
  try {
    const path = join(directory, "apps.json");
    if (text !== undefined) await writeFile(path, text);
    const listing = openAppsFile(path, "--marathon", logger);
    const { apps, problems } = await listing.apps(new AbortController().signal);
    listing.close();
    return { ids: [...apps.keys()], problems: [...problems.keys()], log };
  } catch (error) {
    (error as Error).message = (error as Error).message.replaceAll(directory, "");
    throw error;
  } finally {
    await rm(directory, { recursive: true });
  }
}

Deno.test("a file in place of Marathon: apps, and those that do not fit", async () => {
  const { ids, problems, log } = await read('{"apps": [{"id": "/a", "tasks": []}, {"id": "?"}]}');
  assert.deepEqual([ids, problems, log], [["/a"], ["?"], []]);
});

Deno.test("a file in place of Marathon without tasks is reported", async () => {
  const { ids, log } = await read('[{"id": "/a"}]');
  assert.deepEqual(ids, ["/a"]);
  assert.match(log.join("\n"), /apps\.json has no tasks.*embed=apps\.tasks/);
});

const unreadable: [text: string | undefined, message: RegExp][] = [
  [undefined, /^--marathon: there is no file \/apps\.json; check the path$/],
  [
    '{"apps": [\n  {"id": "/a",}]}',
    /^--marathon: \/apps\.json is not JSON: line 2, column 15: found "}"; expected a name/,
  ],
  ['"apps"', /^--marathon: \/apps\.json has no apps: the text is a string; expected an app, a list/],
];
for (const [text, message] of unreadable) {
  Deno.test(`a file in place of Marathon that is not JSON or not there: ${text}`, async () => {
    await assert.rejects(read(text), { message });
  });
}
