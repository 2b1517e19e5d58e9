import type { Flag } from "../../lib/core/flags/flag.ts";
import { flagTable } from "../../lib/core/flags/flagTable.ts";
import { commandWords, filesFollow } from "./commandWords.ts";
import { valueCompletion } from "./valueCompletion.ts";

const flags: readonly Flag[] = flagTable;

/** The completion script for bash (4.2 and later), which needs nothing but bash itself. */
export function bashCompletion(): string {
  return `# Completion of marathon-lb for bash: made from the flag table, see docs/reference.md.
# Source this file, or put it as marathon-lb into /usr/share/bash-completion/completions.

_marathon_lb_offer() {
  # $1: the prefix that stays as it is, the rest: words of compgen.
  local prefix=$1
  shift
  mapfile -t COMPREPLY < <(compgen -P "$prefix" "$@")
}

_marathon_lb() {
  local word=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD - 1]} prefix=
  COMPREPLY=()
  # Readline takes --flag=value for three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $flag == = ]]; then
    flag=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  case $flag in
${valueCases()}
  esac
  if [[ $word == -* ]]; then
    _marathon_lb_offer "" -W "${flags.map(({ name }) => `--${name}`).join(" ")}" -- "$word"
  elif ((COMP_CWORD == 1)); then
    _marathon_lb_offer "" -W "${commandWords.map(({ name }) => name).join(" ")}" -- "$word"
  elif [[ \${COMP_WORDS[1]} == @(${filesFollow.join("|")}) ]]; then
    compopt -o filenames
    _marathon_lb_offer "" -f -- "$word"
  fi
}

complete -F _marathon_lb marathon-lb
`;
}

/** Flags whose values are completed alike stand in one branch. */
function valueCases(): string {
  const branches = new Map<string, string[]>();
  for (const flag of flags) {
    if (flag.argument === undefined) continue;
    const action = valueAction(flag);
    const patterns = [...flag.short ? [`-${flag.short}`] : [], `--${flag.name}`];
    branches.set(action, [...branches.get(action) ?? [], ...patterns]);
  }
  return [...branches].map(([action, patterns]) => `    ${wrapPatterns(patterns)})\n${action}      ;;`).join(
    "\n",
  );
}

/** After a flag that takes several words the next may be a flag too. */
function valueAction(flag: Flag): string {
  const { offer, words, list } = valueCompletion(flag);
  const cut = list ? "      [[ $word == *,* ]] && prefix=\${word%,*}, word=\${word##*,}\n" : "";
  const compgen = {
    files: '      compopt -o filenames\n      _marathon_lb_offer "$prefix" -f -- "$word"\n',
    directories: '      compopt -o filenames\n      _marathon_lb_offer "$prefix" -d -- "$word"\n',
    words: `      _marathon_lb_offer "$prefix" -W "${words.join(" ")}" -- "$word"\n`,
    nothing: "",
  }[offer];
  return `${cut}${compgen}${flag.variadic ? "      [[ $word == -* ]] || return\n" : "      return\n"}`;
}

function wrapPatterns(patterns: readonly string[]): string {
  return patterns.join(" | ");
}
