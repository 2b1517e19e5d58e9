import { readFileSync } from "node:fs";
import { markdownBlocks } from "../../../support/markdownBlocks.ts";

const read = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");

export const readme = read("README.md");
export const operating = read("docs/operating.md");
export const labels = read("docs/labels.md");
export const contributing = read("CONTRIBUTING.md");

/** The pages whose commands are run, in the order in which a reader comes to them. */
const pagesWithCommands = [readme, operating, contributing];

/** Every command of the pages' blocks of shell, one a line, in their order. */
export function readmeCommands(): string[] {
  return pagesWithCommands.flatMap(markdownBlocks).filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, "").split("\n"))
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
