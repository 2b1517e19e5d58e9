import { readFileSync } from "node:fs";

/** One instruction of a Dockerfile, with its continuation lines joined. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The instructions of the repository's Dockerfile, in its order, without comments. */
export function readDockerfile(): Instruction[] {
  const text = readFileSync(new URL("../../Dockerfile", import.meta.url), "utf8");
  const lines = text.split("\n").filter((line) => !line.startsWith("#")).join("\n");
  return lines.replaceAll(/\\\n\s*/g, "").split("\n").filter(Boolean).map((line) => {
    const [, name, rest] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined) {
      throw new Error(`Not understood in the Dockerfile: ${line}`);
    }
    return { name, text: rest };
  });
}

/** The text of the one instruction of this name. */
export function instruction(name: string): string {
  const found = readDockerfile().filter((one) => one.name === name);
  if (found.length !== 1) throw new Error(`The Dockerfile has ${found.length} ${name}, one is expected`);
  return found[0]!.text;
}

/** The words of an instruction in its JSON form. */
export function words(name: string): string[] {
  return JSON.parse(instruction(name).replace(/^.*?(?=\[)/, ""));
}
