import type { ConfigurationFiles } from "./ConfigurationFiles.ts";
import { describeChanges } from "./describeChanges.ts";
import type { Plan } from "./Plan.ts";

/**
 * Compares what runs with what should run.
 *
 * @param running the files on disk; undefined when there are none yet
 */
export function planUpdate(running: ConfigurationFiles | undefined, next: ConfigurationFiles): Plan {
  if (!running) return { kind: "reload", reasons: ["there was no configuration"] };
  const reasons = running.text === next.text ? [] : describeChanges(running.text, next.text);
  for (const [file, text] of Object.entries(next.maps)) {
    if (running.maps[file as keyof typeof next.maps] !== text) reasons.push(`${file} changed`);
  }
  return reasons.length > 0 ? { kind: "reload", reasons } : { kind: "nothing" };
}
