import { wrapText } from "../../lib/core/docs/markdown.ts";
import {
  type CompatibilityRow,
  endpointRows,
  fileRows,
  flagRows,
  labelRows,
  logRows,
  modeRows,
  templateRows,
  variableRows,
} from "./compatibilityTable.ts";

const parts: readonly [
  title: string,
  text: string,
  rows: readonly CompatibilityRow[],
  name: (name: string) => string,
][] = [
  ["Flags", "The short forms and all other defaults are the same.", flagRows, (name) => `--${name}`],
  ["Modes", "The words after the name of the program.", modeRows, (name) => name],
  [
    "Labels",
    "`HAPROXY_` or `HAPROXY_{n}_` comes before each name. Labels of templates are in the next table.",
    labelRows,
    (name) => name,
  ],
  [
    "Templates",
    "`HAPROXY_` comes before each name in variables and files, and `HAPROXY_{n}_` in labels.",
    templateRows,
    (name) => name,
  ],
  ["Environment variables", "Each flag has a variable too, which is new.", variableRows, (name) => name],
  ["Endpoints", "At port 9090.", endpointRows, (name) => name],
  ["Files", "Files, sockets and programs.", fileRows, (name) => name],
];

const states: Readonly<Record<CompatibilityRow["state"], string>> = {
  same: "same",
  changed: "changed",
  gone: "gone",
  older: "in older versions only",
};

/** docs/compatibility-table.md: every name of the Python Marathon-LB, with its state here. */
export function compatibilityPage(): string {
  const blocks = [
    "# Every name of the Python Marathon-LB",
    wrapText(
      "Every flag, mode, label, template, variable, endpoint and file of the Python Marathon-LB 1.15.0 is here. So are the " +
        "lines of its log that alerts use. [migrating.md](migrating.md) explains the changes. This page is generated from " +
        "tables. A test compares them with those of the program.",
    ),
    wrapText(
      "_Same_ means that the name and its effect are as before. _Changed_ says how. _Gone_ names what to use instead. " +
        "What is new is in [reference.md](reference.md).",
    ),
    ...parts.flatMap(([title, text, rows, name]) => [`## ${title}`, wrapText(text), tableOf(rows, name)]),
    "## Log lines",
    wrapText(
      "The default format of lines is the same but for the level in it. Their texts are new. Search for the words of " +
        "the second column, or for the codes of [problems.md](problems.md).",
    ),
    table(
      ["line of the old one", "words to search for", "level, or what to use instead"],
      logRows.map(({ old, now, how }) => [code(old), now === undefined ? "none" : code(now), how]),
    ),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function tableOf(rows: readonly CompatibilityRow[], name: (name: string) => string): string {
  return table(
    ["name", "state", "how"],
    rows.map((row) => [code(name(row.name)), states[row.state], row.how ?? ""]),
  );
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

/** A table in Markdown with columns of one width each, as the formatter writes it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
