/**
 * Makes `dist/marathon-lb.js` and the executable `dist/marathon-lb`, with templates and Lua scripts inside, their checksums
 * and their bill of materials: `deno task build --help`.
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "./tools/build/build.ts";
import { commandLine, readCommandLine } from "./tools/build/commandLine.ts";
import { installMissing } from "./tools/install/installMissing.ts";

try {
  const options = readCommandLine(commandLine(), process.argv.slice(2), process.arch);
  await installMissing([{ package: "binutils", program: "strip" }], console.log);
  for (const line of await build(options, fileURLToPath(new URL(".", import.meta.url)))) console.log(line);
} catch (error) {
  console.error(`build: ${(error as Error).message}`);
  process.exit(1);
}
