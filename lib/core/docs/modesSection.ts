import { modeTable } from "../flags/modeTable.ts";
import { bulletList } from "./markdown/bulletList.ts";
import { codeSpans } from "./markdown/codeSpans.ts";
import { wrapText } from "./markdown/wrapText.ts";

/** The modes, what each does, and how the program ends. */
export function modesSection(): string[] {
  const supervised = modeTable.map(({ name, argument, description, notYet }) =>
    `\`marathon-lb ${argument ? `${name} ${argument}` : name}\`: ${codeSpans(description)}` +
    (notYet ? `; ${codeSpans(notYet)}.` : ".")
  );
  return [
    "## Modes",
    bulletList([
      ...supervised,
      "`marathon-lb`: write the configuration once, have a running HAProxy reload it, and end.",
    ]),
    wrapText(
      "The modes with a name are _supervised_: they prepare certificates and directories, start HAProxy, reload it when " +
        "something changed, start it again when it dies, and stop it with the program. Without a mode HAProxy is neither " +
        "started nor supervised: it is reloaded by `--command`, else by the init system that is found. With `--sse` or " +
        "`--listening` the program stays then too, and does so at every change.",
    ),
    wrapText(
      "`--dry` in any mode prints the configuration on standard output, touches nothing, and ends.",
    ),
    wrapText(
      "Exit codes: 0 done, or stopped by TERM or INT; 1 the work could not be done; 2 a command line that cannot be " +
        "read. Every error is one line on standard error.",
    ),
  ];
}
