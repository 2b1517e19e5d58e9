import type { Flag } from "../../lib/core/flags/flag.ts";
import { flagTable } from "../../lib/core/flags/flagTable.ts";
import { commandWords, filesFollow } from "./commandWords.ts";
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

/** Only the first value of a variadic flag is completed: in the spec, further ones would hide the flags after them. */
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
  // Only some words have files behind them; what the others have cannot be completed.
  const files = `*:file:{ [[ $words[2] == (${filesFollow.join("|")}) ]] && _files }`;
  return `${quote(`1::mode:((${words.join(" ")}))`)} \\\n  ${quote(files)}`;
}

/** Colons and brackets have a meaning in a spec. */
function escape(text: string): string {
  return text.replaceAll(/[\\:[\]]/g, "\\$&");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
