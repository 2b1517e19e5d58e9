/** What became of one request. */
export type Answer =
  | { readonly app: string; readonly task: string }
  | { readonly app: string; readonly problem: string };
