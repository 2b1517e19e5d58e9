import type { Flag } from "../flags/Flag.ts";
import { flagTable } from "../flags/flagTable.ts";
import { type EnvironmentRow, environmentTable } from "./environmentTable.ts";
import { bulletList } from "./markdown/bulletList.ts";
import { wrapText } from "./markdown/wrapText.ts";

/** Every environment variable that is not `MARATHON_LB_<FLAG>`. */
export function environmentSection(): string[] {
  const rows = [...variablesOfFlags(), ...environmentTable].sort((a, b) => a.name < b.name ? -1 : 1);
  return [
    "## Environment variables",
    wrapText("These are read besides the variables that each of the [flags](#flags) has of its own:"),
    bulletList(rows.map(describeVariable)),
  ];
}

function variablesOfFlags(): EnvironmentRow[] {
  return (flagTable as readonly Flag[]).flatMap(({ name, variable }) =>
    variable ? [{ ...variable, description: `The same as \`--${name}\`.` }] : []
  );
}

function describeVariable({ name, description, supervisedOnly }: EnvironmentRow): string {
  const where = supervisedOnly ? " In the supervised modes only." : "";
  return `\`${name}\`: ${description}${where}`;
}
