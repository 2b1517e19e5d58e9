/** How apps are fetched from Marathon: all in one answer, or only those that events were about. */
export const fetchKinds = ["all", "some"] as const;

export type FetchKind = typeof fetchKinds[number];
