import { dirname, join } from "node:path";
import type { Options } from "../../core/flags/Options.ts";
import { luaScripts } from "../../core/haproxy/luaScripts.ts";
import { makeDirectory } from "../files/makeDirectory.ts";
import { readFileIfExists } from "../files/readFileIfExists.ts";
import { writeFileAtomically } from "../files/writeFileAtomically.ts";

/** A server-state file, version 1, that says nothing of any server (HAProxy management guide, `show servers state`). */
const emptyServerState = "1\n";

/** Makes the directories of the supervised modes and writes the Lua scripts that configurations load from there. */
export async function prepareDirectories(options: Options): Promise<void> {
  const directories = {
    "--work-dir": options.workDir,
    "--run-dir": options.runDir,
    "--state-dir": options.stateDir,
    "--haproxy-config": dirname(options.haproxyConfig),
  };
  for (const [flag, directory] of Object.entries(directories)) {
    await makeDirectory(directory, `the directory of ${flag}`);
  }
  // HAProxy warns at every start until there is one.
  const state = join(options.stateDir, "global");
  if (await readFileIfExists(state) === undefined) await writeFileAtomically(state, emptyServerState);
  for (const [name, text] of Object.entries(luaScripts)) {
    const path = join(options.workDir, name);
    if (await readFileIfExists(path) !== text) await writeFileAtomically(path, text, { mode: 0o644 });
  }
}
