import type { ConfigurationFiles } from "./ConfigurationFiles.ts";
import { describeChanges } from "./describeChanges.ts";
import type { Plan } from "./Plan.ts";
import { changedMaps, sameFiles } from "./sameFiles.ts";

/**
 * Compares what runs with what should run.
 *
 * @param running the files on disk; undefined when there are none yet
 */
export function planUpdate(running: ConfigurationFiles | undefined, next: ConfigurationFiles): Plan {
  if (!running) return { kind: "reload", reasons: ["there was no configuration"] };
  if (sameFiles(running, next)) return { kind: "nothing" };
  const sections = running.text === next.text ? [] : describeChanges(running.text, next.text);
  return {
    kind: "reload",
    reasons: [...sections, ...changedMaps(running, next).map((file) => `${file} changed`)],
  };
}
