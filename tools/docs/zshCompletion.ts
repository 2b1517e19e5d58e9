import type { Flag } from "../../lib/core/flags/Flag.ts";
import { flagTable } from "../../lib/core/flags/flagTable.ts";
import { commandWords } from "./commandWords.ts";
import { firstSentence } from "./firstSentence.ts";
import { valueCompletion } from "./valueCompletion.ts";

const flags: readonly Flag[] = flagTable;

/** The completion function for zsh, as a file `_marathon-lb` of its `fpath`. */
export function zshCompletion(): string {
  return `#compdef marathon-lb
# Completion of marathon-lb for zsh: made from the flag table, see docs/reference.md.
# Put this file into a directory of $fpath, such as /usr/local/share/zsh/site-functions.

_arguments -S \\
${[...flags.map(describeFlag), describeWords()].map((spec) => `  ${spec}`).join(" \\\n")}
`;
}

/** A spec of `_arguments` (zshcompsys(1)): what excludes it, its forms, its description and its value. */
function describeFlag(flag: Flag): string {
  const { name, short, argument, repeats, description } = flag;
  const [shortForm, longForm] = argument === undefined
    ? [`-${short}`, `--${name}`]
    : [`-${short}+`, `--${name}=`];
  const forms = short ? `{${shortForm},${longForm}}` : longForm;
  const unlessGiven = repeats ? "'*'" : `'(${short ? `-${short} ` : ""}--${name})'`;
  return `${unlessGiven}${forms}${quote(`[${escape(firstSentence(description))}]${describeValue(flag)}`)}`;
}

/** Further values of a variadic flag are left to the user: as a part of the spec they would hide the flags after them. */
function describeValue(flag: Flag): string {
  if (flag.argument === undefined) return "";
  return `:${escape(flag.argument)}:${describeOffer(flag)}`;
}

function describeOffer(flag: Flag): string {
  const { offer, words, list } = valueCompletion(flag);
  switch (offer) {
    case "files":
      return list ? "_sequence _files" : "_files";
    case "directories":
      return "_files -/";
    case "words":
      return list ? `_sequence compadd - ${words.join(" ")}` : `(${words.join(" ")})`;
    case "nothing":
      // A blank: there is a value, and nothing to offer for it.
      return " ";
  }
}

function describeWords(): string {
  const words = commandWords.map(({ name, description }) =>
    `${name}\\:"${escape(firstSentence(description))}"`
  );
  return quote(`1::mode:((${words.join(" ")}))`);
}

/** Colons and brackets have a meaning in a spec. */
function escape(text: string): string {
  return text.replaceAll(/[\\:[\]]/g, "\\$&");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
