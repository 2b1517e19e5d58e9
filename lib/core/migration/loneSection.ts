import type { Problem } from "../problem/Problem.ts";
import type { Difference } from "./Difference.ts";
import { type Section, sectionTitle } from "./Section.ts";
import { isServer } from "./Statement.ts";

/** The difference of a section that only one side has; what the new one was made without says why. */
export function loneSection(
  kind: "lost" | "added",
  section: Section,
  apps: ReadonlyMap<string, string>,
  problems: readonly Problem[],
): Difference {
  const servers = section.directives.filter(isServer).length;
  const size = section.kind === "backend"
    ? `${servers} server${servers === 1 ? "" : "s"}`
    : `${section.directives.length} lines`;
  const app = apps.get(section.name);
  const problem = problems.find((one) => one.severity === "excluded" && one.app === app) ??
    problems.find(({ severity, app }) => severity === "excluded" && mayBe(section.name, app));
  return {
    kind,
    section: sectionTitle(section),
    app,
    what: "the whole section",
    [kind === "lost" ? "before" : "after"]: size,
    meaning: problem
      ? `The new one leaves it out: ${problem.message}`
      : kind === "lost"
      ? "The old one serves it, the new one would not."
      : "The new one would serve it, the old one does not.",
    advice: problem
      ? "Mend the app, as the message says; docs/migrating.md has what is stricter now."
      : "Give the flags of the old one (--group, --strict-mode, --health-check, port flags); if the app was just " +
        "deployed, compare again.",
  };
}

/** Whether a section is one of an app, whose backends are named after it and a port. */
function mayBe(section: string, app: string): boolean {
  const name = app.replace(/^\//, "").replaceAll("/", "_");
  return section.startsWith(`${name}_`) && /^\d+$/.test(section.slice(name.length + 1));
}
