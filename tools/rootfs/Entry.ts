/** What a part of the image is for, in the order in which sizes are told. */
export type Part =
  | "marathon-lb"
  | "HAProxy"
  | "shared libraries"
  | "CA certificates"
  | "users and directories";

/** One name in the root file system: an absolute path there, and what it is. */
export type Entry =
  & { readonly path: string; readonly part: Part }
  & (
    | { readonly kind: "directory"; readonly mode: number }
    /** A copy of a file of this machine. */
    | { readonly kind: "copy"; readonly from: string; readonly mode: number }
    | { readonly kind: "text"; readonly text: string; readonly mode: number }
    | { readonly kind: "link"; readonly target: string }
  );
