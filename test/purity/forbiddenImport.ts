/** Packages without effects; of `node:crypto` only hashes are allowed. */
const allowedPackages = ["commander", "handlebars", "node:crypto"];

/**
 * Whether a module of the pure core must not import this.
 *
 * @param location a path in the repository, or the name of a package
 * @param type the `type` of its import attributes
 */
export function forbiddenImport(location: string, type: string | undefined): boolean {
  if (/^lib\/core\/.*\.ts$/.test(location)) return type !== undefined;
  // Part of the bundle, so that nothing is read while it runs.
  if (/^(templates\/[^/]+\.hbs|lua\/[^/]+\.lua)$/.test(location)) return type !== "text";
  return !allowedPackages.includes(location);
}
