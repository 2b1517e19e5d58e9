import type { ConfigurationFiles } from "./ConfigurationFiles.ts";
import { serverKey } from "./ServerChange.ts";
import { isServerLine } from "./ServerLine.ts";

/** The servers that a configuration starts in maintenance (`disabled`), by `serverKey`. */
export function restingServers(files: Pick<ConfigurationFiles, "text" | "chunks">): string[] {
  // A backend is in one piece, and few have any.
  const pieces = files.chunks?.map(({ text }) => text) ?? [files.text];
  return pieces.flatMap((text) => text.includes("disabled") ? restingIn(text) : []);
}

function restingIn(text: string): string[] {
  const resting: string[] = [];
  let backend = "";
  for (const line of text.split("\n")) {
    if (/^[a-z]/.test(line)) backend = line.split(/\s+/)[1] ?? "";
    else if (line.includes("disabled") && isServerLine(line)) {
      const [name = "", ...words] = line.trim().split(/\s+/).slice(1);
      if (words.includes("disabled")) resting.push(serverKey(backend, { name }));
    }
  }
  return resting;
}
