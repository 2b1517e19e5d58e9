import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter } from "node:path";
import process from "node:process";
import { systemDirectories } from "../install/findProgram.ts";

/** Runs Deno with these words and shows what it writes while it does; resolves to its standard output. */
export async function runDeno(
  words: readonly string[],
  root: string,
): Promise<{ ok: boolean; output: string }> {
  const { PATH = "", ...environment } = process.env;
  const child = spawn(process.execPath, words, {
    cwd: root,
    env: {
      ...environment,
      PATH: [PATH, ...systemDirectories].join(delimiter),
      // Deno writes colours into a file, too.
      ...(process.stdout.isTTY ? {} : { NO_COLOR: "1" }),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  const [code] = await once(child, "close");
  return { ok: code === 0, output };
}
