import { commandTable } from "../flags/commandTable.ts";
import { modeTable } from "../flags/modeTable.ts";
import { bulletList } from "./markdown/bulletList.ts";
import { codeSpans } from "./markdown/codeSpans.ts";
import { wrapText } from "./markdown/wrapText.ts";

/** The modes, what each does, and how the program ends. */
export function modesSection(): string[] {
  const supervised = modeTable.map(({ name, argument, description }) =>
    `\`marathon-lb ${argument ? `${name} ${argument}` : name}\`: ${codeSpans(description)}.`
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
      "A reload by command is done when the command ends with code 0. Otherwise it is run again, up to " +
        "`--max-reload-retries` times with `--reload-interval` seconds in between, and at last the former files are " +
        "put back. (The reference did not repeat a command that failed; it repeated one after which no new HAProxy " +
        "process showed up.)",
    ),
    wrapText(
      "With `event` and `--listening` Marathon is given a callback URL. It is asked each minute, and after each " +
        "failure, whether it still has that; the URL is given again when it has not, and removed at the end. Marathon " +
        "1.5 and later have no callbacks: they are polled every `--poll-interval` seconds, with a warning. Whoever can " +
        "reach the listener can make the program ask Marathon for its apps, and nothing else.",
    ),
    wrapText(
      "`--dry` in any mode prints the configuration on standard output, touches nothing, and ends.",
    ),
    wrapText("In the place of a mode may be a command, which does one thing and ends:"),
    bulletList(
      commandTable.map(({ name, description }) => `\`marathon-lb ${name}\`: ${codeSpans(description)}.`),
    ),
    wrapText(
      "`marathon-lb health` gives the answer of `/_mlb_health`, by the control socket in `--run-dir` and not by a port: it " +
        "is for health checks inside the container. No answer within 5 s counts as unhealthy.",
    ),
    wrapText(
      "`marathon-lb check-migration` asks an old load balancer for the configuration that it runs, makes the one that this " +
        "would run in a supervised mode with the flags and the environment given, and lists what differs in effect: not " +
        "layout, order or names that do not matter. Where something does it compares again after 2 s, and what changed " +
        "meanwhile does not count. See [migrating.md](migrating.md#what-check-migration-tells).",
    ),
    wrapText(
      "Exit codes: 0 done, or stopped by TERM or INT; 1 the work could not be done; 2 a command line that cannot be " +
        "read; 3 `check-migration` found differences in effect. Every error is one line on standard error.",
    ),
  ];
}
