import type { LabelKind, labelTable } from "./labelTable.ts";

/** What a label of each kind is read to. */
export interface LabelValues extends Record<LabelKind, unknown> {
  boolean: boolean;
  text: string;
  path: string;
  integer: number;
  port: number;
  mode: "tcp" | "http";
  commaList: readonly string[];
  hosts: readonly string[];
  spaceList: readonly string[];
  auth: { readonly realm: string; readonly user: string; readonly password: string };
}

type ServiceRow = Extract<typeof labelTable[number], { scope: "service" }>;

/** What the labels of one service say, by the names of `labelTable`; a member is absent when its label is. */
export type ServiceLabels = { readonly [Row in ServiceRow as Row["name"]]?: LabelValues[Row["kind"]] };
