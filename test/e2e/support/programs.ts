import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { permissionFlags } from "../../../tools/build/permissions.ts";

/** One of the two things that the build makes. */
export interface Program {
  readonly name: string;
  /** The words that start it; its own flags follow. */
  readonly command: readonly [string, ...string[]];
}

/** What the tests run: the executable file, and the bundle by the Deno that runs the tests, with what Deno is told for it. */
export const programs: readonly Program[] = [
  { name: "executable", command: [built("marathon-lb")] },
  {
    name: "bundle under Deno",
    command: [process.execPath, "run", ...permissionFlags(), built("marathon-lb.js")],
  },
];

/** The path of something that the build makes. */
export function built(name: string): string {
  const path = fileURLToPath(new URL(`../../../dist/${name}`, import.meta.url));
  if (!existsSync(path)) throw new Error(`There is no ${path}: run "deno task build" first`);
  return path;
}
