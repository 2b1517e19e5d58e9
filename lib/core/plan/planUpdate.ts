import type { Configuration } from "../render/Configuration.ts";
import type { ConfigurationFiles } from "./ConfigurationFiles.ts";
import { describeChanges } from "./describeChanges.ts";
import { excerptDifferences } from "./excerptDifferences.ts";
import { pairDifferences } from "./pairDifferences.ts";
import type { Plan } from "./Plan.ts";
import { planRuntime } from "./planRuntime.ts";
import type { RuntimeFacts } from "./RuntimeFacts.ts";
import { changedMaps, sameFiles, sameText } from "./sameFiles.ts";

/** The HAProxy that runs, where we know what it has loaded. */
export interface RunningHaproxy {
  readonly configuration: Configuration;
  /** Undefined where it takes no commands from us. */
  readonly facts?: RuntimeFacts;
}

/**
 * Compares what runs with what should run.
 *
 * @param running the files on disk; undefined when there are none yet
 * @param haproxy undefined when it may have loaded something else than these files
 */
export function planUpdate(
  running: ConfigurationFiles | undefined,
  next: Configuration | ConfigurationFiles,
  haproxy?: RunningHaproxy,
): Plan {
  if (!running) return { kind: "reload", reasons: ["there was no configuration"] };
  if (haproxy && "problems" in next) return planFrom(haproxy, next);
  if (sameFiles(running, next)) return { kind: "nothing" };
  const sections = sameText(running, next) ? [] : describeChanges(running.text, next.text);
  return { kind: "reload", reasons: [...sections, ...describeMaps(running, next)] };
}

function planFrom({ configuration, facts }: RunningHaproxy, next: Configuration): Plan {
  if (configuration === next) return { kind: "nothing" };
  const maps = describeMaps(configuration, next);
  const differing = pairDifferences(configuration, next);
  if (differing?.length === 0 && maps.length === 0) return { kind: "nothing" };
  const plan = facts && planRuntime(configuration, next, facts, differing);
  if (plan && !("why" in plan)) {
    // Whole sections: what they say is all that is to be told.
    const [before, after] = [0, 1].map((side) => differing!.map((pair) => pair[side]!.text).join(""));
    return { ...plan, reasons: [...before === after ? [] : describeChanges(before!, after!), ...maps] };
  }
  const sections = differing?.length === 0
    ? []
    : describeChanges(...excerptDifferences(configuration.chunks, next.chunks));
  const reasons = [...sections, ...maps];
  return plan ? { kind: "reload", reasons, why: plan.why } : { kind: "reload", reasons };
}

function describeMaps(a: Pick<ConfigurationFiles, "maps">, b: Pick<ConfigurationFiles, "maps">): string[] {
  return changedMaps(a, b).map((file) => `${file} changed`);
}
