import { accessTable } from "../marathon/auth/accessTable.ts";
import { codeSpans } from "./markdown/codeSpans.ts";
import { wrapText } from "./markdown/wrapText.ts";

/** Where the credentials for Marathon may be, in the order of their precedence. */
export function accessSection(): string[] {
  return [
    "## Credentials for Marathon",
    wrapText("The first of these that there is counts, alone:"),
    accessTable.map(({ origin, description }, index) =>
      `${index + 1}. ${wrapText(`${codeSpans(origin)}: ${description}.`, 3)}`
    ).join("\n"),
    wrapText(
      "Credentials on the command line are taken out of what `ps` shows as soon as the program runs, but other users may see " +
        "them in the moment before, and whoever starts it has them in a history or a description: a file or the environment " +
        "is better. HAProxy gets none of the variables. No log line, file or endpoint shows credentials.",
    ),
  ];
}
