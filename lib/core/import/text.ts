import { escapeUnprintable } from "../text.ts";
import type { ImportedLabels } from "./labels.ts";
import type { Untranslated } from "./routes.ts";

/** One line about a label or a member that is not carried over as it is. */
export function untranslatedText({ kind, app, subject, why }: Untranslated): string {
  const owner = app === undefined ? "" : `${app}: `;
  return escapeUnprintable(`${owner}${subject} ${kind === "lost" ? "is lost" : "differs"}: ${why}`);
}

/** A report for people: the labels of each app as JSON, and what is not translated. */
export function importText({ apps, untranslated }: ImportedLabels): string {
  const parts = apps.map(({ id, labels }) => `${id}\n${JSON.stringify(labels, undefined, 2)}\n`);
  const lines = untranslated.map((one) => `${untranslatedText(one)}\n`);
  const lost = untranslated.filter(({ kind }) => kind === "lost").length;
  const counts = `${apps.length} apps with labels to set, ${lost} lost, ${
    untranslated.length - lost
  } differ\n`;
  return [...parts, lines.join(""), counts].filter((part) => part !== "").join("\n");
}
