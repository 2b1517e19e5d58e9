import type { ModelContext } from "../../../../lib/core/model/context.ts";

/** A load balancer that serves every app, with what a test wants to be different. */
export function modelContext(members: Partial<ModelContext> = {}): ModelContext {
  return {
    healthCheck: false,
    strictMode: false,
    templateLabels: ["all"],
    groups: ["*"],
    addresses: new Map(),
    verdicts: new Map<string, boolean>(),
    ...members,
  };
}
