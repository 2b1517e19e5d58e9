import type { Flag } from "../../lib/core/flags/flag.ts";
import { flagTable } from "../../lib/core/flags/flagTable.ts";
import { commandWords, filesFollow } from "./commandWords.ts";
import { firstSentence } from "./firstSentence.ts";
import { valueCompletion } from "./valueCompletion.ts";

const flags: readonly Flag[] = flagTable;

/** The completion script for fish (3.0 and later). */
export function fishCompletion(): string {
  const names = commandWords.map(({ name }) => name).join(" ");
  const words = commandWords.map(({ name, description }) =>
    `complete -c marathon-lb -n "not __fish_seen_subcommand_from ${names}" -a ${name} -d ${
      quote(firstSentence(description))
    }`
  );
  const files = filesFollow.map((name) =>
    `complete -c marathon-lb -n "__fish_seen_subcommand_from ${name}" -F`
  );
  return `# Completion of marathon-lb for fish: made from the flag table, see docs/reference.md.
# Put this file into /usr/share/fish/vendor_completions.d or ~/.config/fish/completions.

complete -c marathon-lb -f
${[...words, ...files, ...flags.map(describeFlag)].join("\n")}
`;
}

function describeFlag(flag: Flag): string {
  const short = flag.short ? ` -s ${flag.short}` : "";
  return `complete -c marathon-lb${short} -l ${flag.name}${describeValue(flag)} -d ${
    quote(firstSentence(flag.description))
  }`;
}

function describeValue(flag: Flag): string {
  if (flag.argument === undefined) return "";
  const { offer, words, list } = valueCompletion(flag);
  switch (offer) {
    case "files":
      return " -r -F";
    case "directories":
      return ` -x -a ${quote("(__fish_complete_directories)")}`;
    case "words":
      return list
        ? ` -x -a ${quote(`(__fish_append , ${words.join(" ")})`)}`
        : ` -x -a ${quote(words.join(" "))}`;
    case "nothing":
      return " -x";
  }
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}
