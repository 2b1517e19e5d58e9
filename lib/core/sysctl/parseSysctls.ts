/** A kernel parameter to set. */
export interface Sysctl {
  /** As it was given. */
  key: string;
  value: string;
  /** Under `/proc/sys`. */
  path: string;
}

/** A word that sets nothing, and why, as one line. */
export interface UnfitSysctl {
  problem: string;
}

/**
 * Reads `key=value …`. In a key, dots separate directories and a slash stands for a dot; one whose first separator is a slash
 * is a path as it stands (sysctl(8)).
 */
export function parseSysctls(text: string): (Sysctl | UnfitSysctl)[] {
  return text.split(/\s+/).filter((word) => word !== "").map((word) => {
    const [, key, value] = /^([^=]*)=(.+)$/.exec(word) ?? [];
    if (key === undefined || value === undefined) {
      return { problem: `${JSON.stringify(word)} is not of the form key=value, without blanks in the value` };
    }
    const path = toPath(key);
    if (!/^[\w.-]+(\/[\w.-]+)+$/.test(path) || path.split("/").some((name) => /^\.+$/.test(name))) {
      return {
        problem: `${JSON.stringify(key)} is no name of a kernel parameter such as net.core.somaxconn`,
      };
    }
    return { key, value, path };
  });
}

function toPath(key: string): string {
  if (/[./]/.exec(key)?.[0] === "/") return key;
  return key.replaceAll(/[./]/g, (separator) => separator === "." ? "/" : ".");
}
