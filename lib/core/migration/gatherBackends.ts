import type { Difference } from "./Difference.ts";

/**
 * Where a whole backend is on one side only, so is all that leads to it: its frontend, its userlist, the rules and the
 * entries of maps that name it. One difference tells of all of these.
 */
export function gatherBackends(differences: readonly Difference[]): Difference[] {
  const whole = differences.filter(isWholeBackend);
  const counts = new Map<Difference, number>(whole.map((backend) => [backend, 0]));
  const byName = new Map(whole.map((backend) => [`${backend.kind} ${nameOf(backend)}`, backend]));
  const rest = differences.filter((difference) => {
    const owner = isWholeBackend(difference) ? undefined : ownerOf(difference, byName);
    if (owner) counts.set(owner, counts.get(owner)! + 1);
    return !owner;
  });
  return rest.map((difference) => {
    const others = counts.get(difference) ?? 0;
    if (others === 0) return difference;
    return {
      ...difference,
      what: `the whole backend, and ${others} rule${others === 1 ? "" : "s"} or sections of it`,
    };
  });
}

function isWholeBackend({ kind, section, what }: Difference): boolean {
  return section.startsWith("backend ") && what === "the whole section" &&
    (kind === "lost" || kind === "added");
}

function nameOf({ section }: Difference): string {
  return section.replace(/^\S+ /, "");
}

function ownerOf(
  { kind, section, what, before, after }: Difference,
  backends: ReadonlyMap<string, Difference>,
): Difference | undefined {
  const text = before ?? after ?? "";
  const [, target] = /^use_backend (\S+)/.exec(text) ?? [];
  const [, login] = /\bhttp_auth\(user_([^)]+)\)/.exec(text) ?? [];
  const own = what === "the whole section"
    ? section.replace(/^\S+ (?:user_)?/, "").replace(/_in$/, "")
    : undefined;
  const inMap = section.endsWith(".map") ? text : undefined;
  for (const name of [own, target, login, inMap]) {
    const backend = name === undefined ? undefined : backends.get(`${kind} ${name}`);
    if (backend) return backend;
  }
  return undefined;
}
