import type { App } from "../marathon/app.ts";
import { nearestText } from "../nearest.ts";
import type { ProblemCode } from "../problem.ts";
import { overridableByLabel } from "../templates/templateSet.ts";
import { type TemplateRow, templateTable } from "../templates/templateTable.ts";
import { quoted, shortened } from "../text.ts";
import type { LabelKind } from "./labelKinds.ts";
import { type LabelRow, labelTable } from "./labelTable.ts";

/** A label that has no effect, or probably not the intended one. It does not change the generated configuration. */
export interface LabelFinding {
  readonly label: string;
  /** The service that it is about; absent if it is about none. */
  readonly index?: number;
  readonly code: Extract<
    ProblemCode,
    | "label-unknown"
    | "label-without-index"
    | "index-without-port"
    | "path-without-slash"
    | "boolean-misspelt"
    | "udp-port"
  >;
  /** Follows the app or the service in the message. */
  readonly said: string;
  readonly hint?: string;
}

const rows: readonly LabelRow[] = labelTable;
const templates: readonly TemplateRow[] = templateTable;

/** The names behind `HAPROXY_{n}_`, with the kind of their value; templates have none. */
const ofService: ReadonlyMap<string, LabelKind | undefined> = new Map([
  ...templates.filter(overridableByLabel).map(({ name }) => [name, undefined] as const),
  ...rows.filter(({ scope }) => scope === "service").map(({ name, kind }) => [name, kind] as const),
]);
const ofApp: ReadonlySet<string> = new Set(
  rows.filter(({ scope }) => scope === "app").map(({ name }) => name),
);
/** Labels that only other programs read, such as zdd.py of the reference. */
const ofTools: ReadonlySet<string> = new Set(["APP_ID"]);

const start = "HAPROXY_".length;

/** The beginning of the program's labels, in any spelling. */
const prefix = /^haproxy[_-]?/i;

/** A message names a few labels, as an app may have thousands. */
const mostFindings = 20;

/**
 * Mistakes in the labels of an app for which no service is left out.
 *
 * @param ports how many service ports it has
 */
export function lintLabels(app: App, ports: number): LabelFinding[] {
  const findings: LabelFinding[] = [];
  const what = app.endpoints ? "endpoint" : "service port";
  for (const label in app.labels) {
    // A fast test first: most labels are right, and a large cluster has a hundred thousand.
    if (label[0] !== "H" && label[0] !== "h" || !prefix.test(label)) continue;
    const finding = lintLabel(label, app.labels[label]!, { ports, what });
    if (finding) findings.push(finding);
    if (findings.length >= mostFindings) break;
  }
  return findings;
}

function lintLabel(
  label: string,
  text: string,
  { ports, what }: { readonly ports: number; readonly what: string },
): LabelFinding | undefined {
  const end = label.startsWith("HAPROXY_") ? label.indexOf("_", start) : -1;
  const digits = label.slice(start, end);
  if (end < 0 || !/^\d{1,5}$/.test(digits)) return lintAppLabel(label);
  const [index, name] = [Number(digits), label.slice(end + 1)];
  if (!ofService.has(name) || String(index) !== digits) {
    return unknown(label, index < ports ? index : undefined, suggestion(label));
  }
  if (index >= ports) {
    if (ports === 0) return undefined;
    const has = ports === 1 ? `one ${what}, number 0` : `${ports} ${what}s, 0 to ${ports - 1}`;
    return {
      label,
      code: "index-without-port",
      said: `: the label ${label} has no effect: the app has ${has}`,
      ...ports === 1
        ? {
          hint: `Rename it to HAPROXY_0_${name}, or give the app more ${
            what === "endpoint" ? "endpoints" : "ports"
          }`,
        }
        : {},
    };
  }
  return lintValue(label, index, { name, text, kind: ofService.get(name) });
}

function lintAppLabel(label: string): LabelFinding | undefined {
  const name = label.startsWith("HAPROXY_") ? label.slice("HAPROXY_".length) : undefined;
  if (name !== undefined && (ofApp.has(name) || ofTools.has(name))) return undefined;
  if (name !== undefined && ofService.has(name)) {
    const meant = `HAPROXY_0_${name}`;
    return {
      label,
      code: "label-without-index",
      said: `: the label ${label} has no effect without the index of a service port; did you mean ${meant}?`,
      hint: `Rename it to ${meant}: 0 is the first service port`,
    };
  }
  return unknown(label, undefined, suggestion(label));
}

function unknown(label: string, index: number | undefined, meant: string | undefined): LabelFinding {
  const known = shortened(label);
  const said = `: there is no label ${known}, it has no effect`;
  return {
    label,
    ...index === undefined ? {} : { index },
    code: "label-unknown",
    said: meant === undefined ? said : `${said}; did you mean ${meant}?`,
    ...meant === undefined ? {} : { hint: `Rename it to ${meant}` },
  };
}

/** The label that was probably meant. */
function suggestion(label: string): string | undefined {
  const bare = label.toUpperCase().replace(prefix, "").replaceAll("-", "_");
  const [, before, , after] = /^(\d+)_?(.*)$/.exec(bare) ? [] : /^(.*?)(_)(\d+)$/.exec(bare) ?? [];
  const [, index = after, rest = before ?? bare] = /^(\d+)_*(.*)$/.exec(bare) ?? [];
  const ofServices = nearestText(rest, ofService.keys());
  const ofApps = index === undefined ? nearestText(rest, ofApp) : undefined;
  if (ofApps !== undefined && (ofServices === undefined || ofApps === rest || ofApps === ofServices)) {
    return `HAPROXY_${ofApps}`;
  }
  return ofServices && `HAPROXY_${Number(index ?? 0)}_${ofServices}`;
}

const yesAndNo = new Set(["true", "t", "yes", "y", "false", "f", "no", "n", "0", "off", ""]);

function lintValue(
  label: string,
  index: number,
  { name, text, kind }: { name: string; text: string; kind: LabelKind | undefined },
): LabelFinding | undefined {
  const value = text.trim();
  if ((kind === "boolean" || kind === "sharedBoolean") && !yesAndNo.has(value.toLowerCase())) {
    const said = `: ${label} is ${quoted(text)}, which counts as false; expected true or false`;
    return { label, index, code: "boolean-misspelt", said, hint: `Set ${label} to true or false` };
  }
  if (name === "PATH" && kind === "prefixes") {
    const words = value.split(/\s+/).filter((word) => word !== "" && !word.startsWith("-"));
    const bad = words.find((word) => !word.startsWith("/"));
    if (bad === undefined) return undefined;
    const said = `: ${label} has ${quoted(bad)}, which no path begins with; did you mean ${
      quoted(`/${bad}`)
    }?`;
    return { label, index, code: "path-without-slash", said, hint: `Begin each path of ${label} with /` };
  }
  return undefined;
}
