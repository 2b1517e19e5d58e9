import type { AppVerdict, Reason } from "../explain/verdict.ts";
import { type ProblemCode, problemKinds, type Severity } from "../problem.ts";
import { compareText } from "../text.ts";
import type { Definition } from "./definitions.ts";

/** A mistake in a file, or in something in it. */
export interface Finding {
  /** The path as on the command line; `-` is standard input. */
  readonly file: string;
  /** Counted from 1; absent if it concerns the file as a whole. */
  readonly line?: number;
  readonly column?: number;
  readonly app?: string;
  readonly index?: number;
  readonly code: ProblemCode | "not-json" | "no-apps" | "removed-by-group";
  /** `note` is a normal state, which does not count as a problem. */
  readonly severity: "error" | "warning" | "note";
  readonly message: string;
  readonly hint: string;
}

/** A definition, and its place. */
export interface FiledDefinition {
  readonly file: string;
  readonly definition: Definition;
}

const severities: Readonly<Record<Severity, Finding["severity"]>> = {
  excluded: "error",
  warning: "warning",
  note: "note",
};

/** Reasons that keep an app from being served although its labels ask for it. */
const obstacles: ReadonlySet<ProblemCode> = new Set(["no-group", "no-service-port"]);

/** The findings about an app of a file: one for each reason of its verdict. */
export function findingsOf(
  { file, definition }: FiledDefinition,
  { app, reasons, labelled }: AppVerdict,
): Finding[] {
  const labels = Object.keys(Object(definition.value.labels));
  return reasons.map((reason): Finding => {
    const { code, message, hint, index } = reason;
    const isObstacle = labelled && obstacles.has(code);
    return {
      file,
      ...placeOf(definition, reason, labels),
      app,
      ...index === undefined ? {} : { index },
      code,
      severity: isObstacle ? "error" : severities[problemKinds[code].severity],
      message,
      hint,
    };
  });
}

/** The members of an app that a reason without a label concerns, by code. */
const members: Partial<Record<ProblemCode, readonly string[]>> = {
  "no-group": ["labels"],
  "other-group": ["labels"],
  "no-service-port": ["portDefinitions", "ports", "container", "networks"],
  "port-taken": ["portDefinitions", "ports", "container"],
  "own-port": ["portDefinitions", "ports", "container"],
  "name-taken": ["portDefinitions", "ports", "container"],
};

/** The label that the message names or quotes, else the member that the code concerns, else the app. */
function placeOf({ place, value }: Definition, { code, message }: Reason, labels: readonly string[]) {
  const named = message.match(/HAPROXY_\w+/g) ?? [];
  const label = named.find((name) => labels.includes(name)) ??
    (code === "haproxy-refuses" ? quotedLabel(message, Object(value.labels)) : undefined);
  const member = members[code]?.find((name) => value[name] !== undefined);
  return place({ label, member });
}

/** The first label that contains a text quoted by HAProxy. */
function quotedLabel(message: string, labels: Readonly<Record<string, unknown>>): string | undefined {
  const names = Object.keys(labels).filter((name) => name.startsWith("HAPROXY_"));
  for (const [, words] of message.matchAll(/'([^']{3,})'/g)) {
    const found = names.find((name) => String(labels[name]).includes(words!));
    if (found) return found;
  }
  return undefined;
}

/** Whether a finding is a problem, and not a normal state. */
export function isProblem({ severity }: Finding): boolean {
  return severity !== "note";
}

/** By file in the order of the command line, then by place. */
export function sortFindings(findings: readonly Finding[], files: readonly string[]): Finding[] {
  const rank = new Map(files.map((file, index) => [file, index]));
  return findings.toSorted((a, b) =>
    rank.get(a.file)! - rank.get(b.file)! || (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) || compareText(a.message, b.message)
  );
}

/**
 * A finding as an annotation of GitHub Actions ("Workflow commands for GitHub Actions", `::error file=…`), one line.
 */
export function annotation({ file, line, column, code, severity, message, hint }: Finding): string {
  const command = severity === "note" ? "notice" : severity;
  const properties = {
    ...file === "-" ? {} : { file },
    ...line === undefined ? {} : { line },
    ...column === undefined ? {} : { col: column },
    title: `marathon-lb: ${code}`,
  };
  const written = Object.entries(properties).map(([name, value]) =>
    `${name}=${escapeProperty(String(value))}`
  );
  return `::${command} ${written.join(",")}::${escapeData(`${message}\nTo do: ${hint}`)}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
