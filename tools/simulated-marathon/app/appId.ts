const segment = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** The absolute form, one slash before every segment: `web/`, `/web` and `//web` are `/web`. */
export function absoluteAppId(id: string): string {
  return "/" + id.split("/").filter((part) => part !== "").join("/");
}

/** Whether every segment is what Marathon allows: lower case letters, digits, dots and hyphens. */
export function isAppId(id: string): boolean {
  return absoluteAppId(id).slice(1).split("/").every((part) => segment.test(part));
}
