import { accessSection } from "./accessSection.ts";
import { environmentSection } from "./environmentSection.ts";
import { flagsSection } from "./flagsSection.ts";
import { labelsSection } from "./labelsSection.ts";
import { anchor } from "./markdown/anchor.ts";
import { wrapText } from "./markdown/wrapText.ts";
import { modesSection } from "./modesSection.ts";
import { syslogSection } from "./syslogSection.ts";
import { templatesSection } from "./templatesSection.ts";

/**
 * The whole reference in Markdown, made from the tables that the program runs on: modes, flags, environment
 * variables, labels and templates.
 */
export function longhelp(): string {
  const blocks = [
    ...modesSection(),
    ...flagsSection(),
    ...accessSection(),
    ...syslogSection(),
    ...environmentSection(),
    ...labelsSection(),
    ...templatesSection(),
  ];
  const intro = [
    "# marathon-lb reference",
    wrapText(
      "What the flags, environment variables, labels and templates of marathon-lb mean. `marathon-lb --longhelp` prints " +
        "this text, which is made from the tables that the program runs on.",
    ),
    tableOfContents(blocks),
  ];
  return `${[...intro, ...blocks].join("\n\n")}\n`;
}

function tableOfContents(blocks: readonly string[]): string {
  return blocks.flatMap((block) => {
    const [, level = "", title = ""] = /^(##+) (.*)$/.exec(block) ?? [];
    if (level !== "##" && level !== "###") return [];
    return [`${"  ".repeat(level.length - 2)}- [${title}](#${anchor(title)})`];
  }).join("\n");
}
