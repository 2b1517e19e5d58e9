import type { ConfigurationFiles } from "./ConfigurationFiles.ts";

/** Whether two sets of files say the same to the byte. Of two that are made of pieces the pieces have to be the same. */
export function sameFiles(a: ConfigurationFiles, b: ConfigurationFiles): boolean {
  return sameText(a, b) && changedMaps(a, b).length === 0;
}

/** Whether two configurations say the same, but for their maps. */
export function sameText(a: ConfigurationFiles, b: ConfigurationFiles): boolean {
  if (!a.chunks || !b.chunks) return a.text === b.text;
  const other = b.chunks;
  return a.chunks.length === other.length &&
    a.chunks.every(({ text }, index) => text === other[index]!.text);
}

/** The names of the maps that differ. */
export function changedMaps(
  a: Pick<ConfigurationFiles, "maps">,
  b: Pick<ConfigurationFiles, "maps">,
): string[] {
  return Object.entries(b.maps)
    .filter(([file, text]) => a.maps[file as keyof typeof a.maps] !== text)
    .map(([file]) => file);
}
