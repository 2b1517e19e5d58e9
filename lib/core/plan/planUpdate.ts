import type { Configuration } from "../render/Configuration.ts";
import type { ConfigurationFiles } from "./ConfigurationFiles.ts";
import { describeChanges } from "./describeChanges.ts";
import { excerptDifferences } from "./excerptDifferences.ts";
import type { Plan } from "./Plan.ts";
import { planRuntime } from "./planRuntime.ts";
import type { RuntimeFacts } from "./RuntimeFacts.ts";
import { changedMaps, sameFiles } from "./sameFiles.ts";

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
  if (haproxy && "chunks" in next) return planFrom(haproxy, next);
  if (sameFiles(running, next)) return { kind: "nothing" };
  const sections = running.text === next.text ? [] : describeChanges(running.text, next.text);
  return { kind: "reload", reasons: [...sections, ...describeMaps(running, next)] };
}

function planFrom({ configuration, facts }: RunningHaproxy, next: Configuration): Plan {
  const maps = describeMaps(configuration, next);
  const sameText = hasSameChunks(configuration, next);
  if (sameText && maps.length === 0) return { kind: "nothing" };
  const sections = sameText ? [] : describeChanges(...excerptDifferences(configuration.chunks, next.chunks));
  const reasons = [...sections, ...maps];
  if (!facts) return { kind: "reload", reasons };
  const plan = planRuntime(configuration, next, facts);
  return "why" in plan ? { kind: "reload", reasons, why: plan.why } : { ...plan, reasons };
}

function hasSameChunks({ chunks: a }: Configuration, { chunks: b }: Configuration): boolean {
  return a.length === b.length && a.every(({ text }, index) => text === b[index]!.text);
}

function describeMaps(a: Pick<ConfigurationFiles, "maps">, b: Pick<ConfigurationFiles, "maps">): string[] {
  return changedMaps(a, b).map((file) => `${file} changed`);
}
