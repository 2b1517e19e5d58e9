import { bulletList, wrapText } from "../../lib/core/docs/markdown.ts";
import { type ProblemKind, problemKinds, type Severity } from "../../lib/core/problem.ts";

const severities: readonly [severity: Severity, title: string, text: string][] = [
  [
    "excluded",
    "Excluded",
    "The app or the service is not in the configuration, or its last good sections are served. The log has a " +
    "line at the level ERROR. `/_mlb_status` lists them in `excluded`.",
  ],
  [
    "warning",
    "Warnings",
    "The service is served, but not in every way that it asks for. The log has a line at the level WARNING. " +
    "`/_mlb_status` lists them in `warnings`.",
  ],
  [
    "note",
    "Notes",
    "A normal state explains why something is not served. The log has a line at the level INFO, or DEBUG for " +
    "those that every deployment causes. Only apps with a label of marathon-lb get one. `/_mlb_status` counts " +
    "them in `notServed`.",
  ],
];

/** docs/problems.md: every code with its meaning and what to do. */
export function problemsPage(): string {
  const kinds = Object.entries(problemKinds) as [code: string, kind: ProblemKind][];
  const blocks = [
    "# Problems and notes",
    wrapText(
      "Why is an app not served, or not as it asks? Each reason has a code that never changes. The log (with " +
        "`--log-format json`), `/_mlb_status`, `explain`, `validate` and the page at `:9090/_mlb/` show the same " +
        "codes. This page is generated from the table that the program uses.",
    ),
    wrapText("`{n}` stands for the index of the service port, from 0. There are three kinds:"),
    bulletList(severities.map(([, title]) => `[${title}](#${title.toLowerCase()})`)),
    ...severities.flatMap(([severity, title, text]) => [
      `## ${title}`,
      wrapText(text),
      ...kinds.filter(([, kind]) => kind.severity === severity).flatMap(([code, kind]) =>
        describe(code, kind)
      ),
    ]),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function describe(code: string, { meaning, hint, quiet }: ProblemKind): string[] {
  const level = quiet ? " The log has it at the level DEBUG." : "";
  return [`### ${code}`, wrapText(meaning + level), wrapText(`What to do: ${lowerFirst(hint)}`)];
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
