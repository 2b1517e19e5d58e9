import type { ImportOptions } from "../core/flags/commands.ts";
import { marathonFile } from "../core/flags/options.ts";
import { readAutoPools } from "../core/import/autoPools.ts";
import { labelsOf } from "../core/import/labels.ts";
import { readPool } from "../core/import/pool.ts";
import { type EdgeApp, type EdgeRoutes, readEdgeApp } from "../core/import/routes.ts";
import { importText } from "../core/import/text.ts";
import { isAppId } from "../core/marathon/app.ts";
import { compareText } from "../core/text.ts";
import { readDefinitions } from "../core/validate/definitions.ts";
import { JsonTextError, parseJsonText } from "../core/validate/jsonText.ts";
import { describeNoJson } from "../shell/marathon/appsFile.ts";
import { readNamedFile } from "../shell/system/files.ts";
import { readInput, type RunContext } from "./context.ts";
import { createMarathonClient } from "./parts.ts";

/** The exit code with `--strict` when something is lost. */
const lossy = 3;

/**
 * `import edgelb`: prints the labels that serve what Edge-LB serves by pools and by labels of apps. Changes nothing. Resolves
 * to the exit code.
 *
 * @throws {UsageError} when a file is not there
 * @throws {Error} of one line when Marathon, or a file, cannot be read
 */
export async function runImport(options: ImportOptions, context: RunContext): Promise<number> {
  const { files, group, json, strict } = options;
  const apps = await readApps(options, context);
  const byId = new Map(apps.map((app) => [app.id, app]));
  const sources: EdgeRoutes[] = [readAutoPools(apps)];
  for (const file of files) {
    const text = await readInput("import", file);
    sources.push(explained(file, () => readPool(parseJsonText(text).value, byId)));
  }
  const result = labelsOf({
    routes: sources.flatMap(({ routes }) => routes),
    untranslated: sources.flatMap(({ untranslated }) => untranslated),
  }, group);
  await context.print(json ? `${JSON.stringify(result, undefined, 2)}\n` : importText(result));
  return strict && result.untranslated.some(({ kind }) => kind === "lost") ? lossy : 0;
}

/** The definitions of Marathon's apps, in the order of their ids. */
async function readApps(options: ImportOptions, context: RunContext): Promise<EdgeApp[]> {
  const file = marathonFile(options);
  const text = file === undefined
    ? JSON.stringify(await askMarathon(options, context))
    : await readNamedFile(file, "--marathon");
  const definitions = explained(file ?? "the answer of Marathon", () => readDefinitions(text));
  return definitions.map(({ value }) => readEdgeApp(value)).filter(({ id }) => isAppId(id))
    .sort((a, b) => compareText(a.id, b.id));
}

async function askMarathon(options: ImportOptions, context: RunContext): Promise<unknown> {
  const client = await createMarathonClient(options, context);
  try {
    return await client.get("/v2/apps", context.stopping, options.answerLimit * 2 ** 20);
  } finally {
    client.close();
  }
}

/** Adds the name of what cannot be read. @throws {Error} of one line */
function explained<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof JsonTextError) {
      throw new Error(`import: ${describeNoJson(name, error)}; a pool in YAML has to be converted first`);
    }
    if (!(error instanceof TypeError)) throw error;
    throw new Error(`import: ${name} cannot be read: ${error.message}`);
  }
}
