/**
 * `deno run -A tools/haproxies/main.ts 3.0` prints a directory with a HAProxy of that version: put it first on `PATH` to run
 * anything on it.
 */
import process from "node:process";
import { matrix } from "./matrix.ts";
import { cacheFolder, provideHaproxy } from "./provide.ts";

const version = process.argv[2] ?? "";

try {
  const row = matrix.find((row) => row.version === version);
  if (row === undefined) {
    throw new Error(
      `there is no HAProxy ${version} to be had: ${matrix.map(({ version }) => version).join(", ")}`,
    );
  }
  const folder = cacheFolder(process.env, process.getuid?.() === 0);
  const { directory } = await provideHaproxy(row, folder, (line) => console.error(line));
  console.log(directory);
} catch (error) {
  console.error(`haproxies: ${(error as Error).message}`);
  process.exitCode = 1;
}
