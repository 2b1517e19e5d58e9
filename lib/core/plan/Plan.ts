/** What has to be done to bring HAProxy from what it runs to what it should run, and why. */
export type Plan =
  | { readonly kind: "nothing" }
  | { readonly kind: "reload"; readonly reasons: readonly string[] };
