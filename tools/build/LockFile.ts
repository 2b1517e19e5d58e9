/** The part of `deno.lock` (version 5) that is read here. */
export interface LockFile {
  readonly npm: Readonly<Record<string, LockedPackage | undefined>>;
  readonly workspace: {
    /** What `deno.json` imports: `npm:commander@15.1.0`. */
    readonly dependencies: readonly string[];
  };
}

export interface LockedPackage {
  /** Of the package's archive, as in Subresource Integrity: `sha512-` and base64. */
  readonly integrity: string;
  /** Names, with `@` and the version where the file has several of that name. */
  readonly dependencies?: readonly string[];
}

/**
 * The package in the lock file.
 *
 * @throws {Error} when it is not there
 */
export function lockedPackage(lock: LockFile, name: string, version: string): LockedPackage {
  const key = `${name}@${version}`;
  // With what it was resolved together with after an underscore, where it has peers: ajv-formats@3.0.1_ajv@8.20.0.
  const found = Object.entries(lock.npm).find(([one]) => one === key || one.startsWith(`${key}_`))?.[1];
  if (!found) throw new Error(`deno.lock does not know ${name} ${version}: run deno install`);
  return found;
}
