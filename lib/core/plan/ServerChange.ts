import type { ServerLine } from "./ServerLine.ts";

/** What has to happen to one server of the running HAProxy. */
export type ServerChange =
  /** It is new. */
  | { readonly kind: "add"; readonly backend: string; readonly server: ServerLine }
  /** It was removed since the last load and waits in maintenance; it is wanted again, as it was. */
  | { readonly kind: "return"; readonly backend: string; readonly server: ServerLine }
  /** It is no longer in the file: it ends what it has and waits in maintenance until the next load forgets it. */
  | { readonly kind: "remove"; readonly backend: string; readonly server: ServerLine }
  /** It drains: it gets no new traffic, as with `disabled` in the file. */
  | { readonly kind: "disable"; readonly backend: string; readonly server: ServerLine }
  | { readonly kind: "enable"; readonly backend: string; readonly server: ServerLine };

/** A key for a server of a HAProxy. */
export function serverKey(backend: string, { name }: Pick<ServerLine, "name">): string {
  return `${backend}/${name}`;
}
