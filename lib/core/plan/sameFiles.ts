import type { ConfigurationFiles } from "./ConfigurationFiles.ts";

/** Whether two sets of files say the same to the byte. */
export function sameFiles(a: ConfigurationFiles, b: ConfigurationFiles): boolean {
  return a.text === b.text && changedMaps(a, b).length === 0;
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
