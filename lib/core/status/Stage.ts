/** The steps of a synchronisation, in their order. */
export const stages = ["fetch", "generate", "validate", "apply"] as const;

export type Stage = typeof stages[number];

/** Milliseconds spent in each stage; 0 for one that was not reached or not needed. */
export type StageDurations = Readonly<Record<Stage, number>>;
