import { readFileSync } from "node:fs";
import { markdownBlocks } from "../../../support/markdownBlocks.ts";

export const readme = readFileSync(new URL("../../../../README.md", import.meta.url), "utf8");

/** Every command of the README's blocks of shell, one a line, in their order. */
export function readmeCommands(): string[] {
  return markdownBlocks(readme).filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, "").split("\n"))
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
