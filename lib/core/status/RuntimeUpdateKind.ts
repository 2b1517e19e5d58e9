/** What is changed in the running HAProxy by its runtime commands, without a reload. */
export const runtimeUpdateKinds = ["certificates", "servers"] as const;

export type RuntimeUpdateKind = typeof runtimeUpdateKinds[number];
