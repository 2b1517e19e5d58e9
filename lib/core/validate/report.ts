import { standingText } from "../explain/text.ts";
import type { AppVerdict } from "../explain/verdict.ts";
import { splitSections } from "../plan/describe.ts";
import type { Plan } from "../plan/plan.ts";
import type { Style } from "../style.ts";
import { count, escapeUnprintable } from "../text.ts";
import { annotation, type Finding, isProblem } from "./findings.ts";

/** The findings of `validate`, as `--json` prints them. */
export interface ValidationReport {
  readonly files: readonly string[];
  /** Marathon, or the recorded answer, with which the apps were compared; absent if there is none. */
  readonly against?: string;
  /** The groups that count. */
  readonly groups: readonly string[];
  readonly findings: readonly Finding[];
  readonly apps: readonly AppVerdict[];
  readonly configuration: ConfigurationChange;
  readonly haproxy: HaproxyOpinion;
}

/** HAProxy's verdict on the services of the files. */
export interface HaproxyOpinion {
  /** Absent without HAProxy. */
  readonly version?: string;
  /** Whether it accepts what it could check. */
  readonly accepts?: boolean;
  /** Why it was not run, or could not check a part. */
  readonly notes: readonly string[];
}

/** How the configuration changes if Marathon gets the apps. */
export interface ConfigurationChange {
  readonly sections: readonly SectionChange[];
  /** Absent without a cluster to compare with. */
  readonly reload?: { readonly needed: boolean; readonly why: string };
  /** Service ports in place of those that Marathon will choose. */
  readonly assignedPorts: readonly number[];
}

/** A section of the configuration that is added, removed or changed. */
export interface SectionChange {
  /** Its first line. */
  readonly section: string;
  readonly change: "gained" | "lost" | "changed";
  /** Added and removed lines, without their indentation. */
  readonly gained: readonly string[];
  readonly lost: readonly string[];
}

/** The sections in which two configurations differ. */
export function sectionChanges(before: string, after: string): SectionChange[] {
  const [old, fresh] = [splitSections(before), splitSections(after)];
  const changes: SectionChange[] = [];
  for (const [section, lines] of fresh) {
    const earlier = old.get(section);
    if (earlier?.join("\n") === lines.join("\n")) continue;
    const [gained, lost] = [without(lines, earlier ?? []), without(earlier ?? [], lines)];
    changes.push({ section, change: earlier ? "changed" : "gained", gained, lost });
  }
  for (const [section, lines] of old) {
    if (!fresh.has(section)) changes.push({ section, change: "lost", gained: [], lost: without(lines, []) });
  }
  return changes;
}

/** The lines that others lack, each as often as it is more frequent here. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  }).map((line) => line.trim());
}

/** Whether HAProxy needs a reload for a plan, and why. */
export function describeReload(plan: Plan): NonNullable<ConfigurationChange["reload"]> {
  if (plan.kind === "nothing") return { needed: false, why: "the configuration stays as it is" };
  if (plan.kind === "runtime") return { needed: false, why: "commands bring it to the HAProxy that runs" };
  return { needed: true, why: plan.why ?? plan.reasons.join("; ") };
}

/** How many sections, and lines of one section, the text shows; `--json` has all. */
const most = { lines: 12, sections: 20 };

/** The report as text. @param annotate whether GitHub Actions reads it */
export function reportText(report: ValidationReport, use: Style, annotate: boolean): string {
  const { findings, apps, configuration, haproxy } = report;
  const problems = findings.filter(isProblem);
  const lines = [
    ...findings.flatMap((finding) => findingLines(finding, use)),
    ...findings.length > 0 ? [""] : [],
    ...apps.map((verdict) => appLine(verdict, use)),
    "",
    ...configurationLines(report, use),
    ...haproxyLines(haproxy, use),
    problems.length === 0 ? use.ok(`No problem in ${count(apps.length, "app")}.`) : use.failure(
      `${count(problems.length, "problem")}${inApps(problems, apps.length)}.`,
    ),
    ...annotate ? findings.map(annotation) : [],
  ];
  if (configuration.assignedPorts.length > 0) {
    const ports = configuration.assignedPorts.join(", ");
    lines.splice(
      -1,
      0,
      use.quiet(`Marathon assigns the service ports that are 0; here stand for them: ${ports}.`),
    );
  }
  return `${lines.join("\n")}\n`;
}

/** In how many apps; empty if a file could not be read. */
function inApps(problems: readonly Finding[], total: number): string {
  const apps = new Set(problems.flatMap(({ app }) => app ?? []));
  return apps.size === 0 ? "" : ` in ${apps.size} of ${count(total, "app")}`;
}

function findingLines({ file, line, column, severity, code, message, hint }: Finding, use: Style): string[] {
  const place = [file === "-" ? "standard input" : safe(file), line, column].filter((one) =>
    one !== undefined
  )
    .join(":");
  const how = { error: use.failure, warning: use.warning, note: use.quiet }[severity];
  return [
    `${use.emphasis(place)}: ${how(`${severity} ${code}`)}: ${safe(message)}`,
    `  ${use.quiet(`To do: ${safe(hint).replaceAll("`", "")}`)}`,
  ];
}

function appLine({ app, standing, services }: AppVerdict, use: Style): string {
  const where = services.filter(({ standing }) => standing !== "not-served").map(({ port, vhosts }) =>
    [...port === undefined ? [] : [`port ${port}`], ...vhosts.map(safe)].join(", ")
  );
  const at = where.length > 0 ? ` (${where.join("; ")})` : "";
  return `${use.emphasis(safe(app))}: ${standingText(standing, use)}${at}`;
}

function configurationLines({ configuration, against }: ValidationReport, use: Style): string[] {
  const { sections, reload } = configuration;
  const compared = against === undefined ? "" : `, compared with ${safe(against)}`;
  const shown = sections.slice(0, most.sections).flatMap(({ section, change, gained, lost }) => [
    `  ${{ gained: use.ok("gains"), lost: use.failure("loses"), changed: use.warning("changes") }[change]} ${
      safe(section)
    }`,
    ...capped(lost).map((line) => `    ${use.failure(`- ${line}`)}`),
    ...capped(gained).map((line) => `    ${use.ok(`+ ${line}`)}`),
  ]);
  const more = sections.length - most.sections;
  return [
    use.emphasis(`The configuration${compared}`),
    ...shown.length > 0 ? shown : ["  stays as it is"],
    ...more > 0 ? [`  … and ${count(more, "more section")}: --json has all`] : [],
    ...reload ? [`${reload.needed ? "It needs a reload" : "It needs no reload"}: ${safe(reload.why)}.`] : [],
    "",
  ];
}

function capped(lines: readonly string[]): string[] {
  const shown = lines.slice(0, most.lines).map(safe);
  const more = lines.length - shown.length;
  return more > 0 ? [...shown, `… ${more} more`] : shown;
}

function haproxyLines({ version, accepts, notes }: HaproxyOpinion, use: Style): string[] {
  const opinion = version === undefined || accepts === undefined
    ? []
    : [`HAProxy ${safe(version)} ${accepts ? use.ok("accepts it") : use.failure("refuses a part of it")}.`];
  return [...opinion, ...notes.map((note) => `${use.warning("Not checked by HAProxy")}: ${safe(note)}`)];
}

function safe(text: string): string {
  return escapeUnprintable(text).replaceAll("\t", " ");
}
