import type { Flag } from "../../lib/core/flags/flag.ts";
import { accessLogChoices, servicePortChoices, unreachableChoices } from "../../lib/core/flags/values.ts";
import { templateTable } from "../../lib/core/templates/templateTable.ts";

/** What a shell can offer for a flag's value. */
export interface ValueCompletion {
  readonly offer: "files" | "directories" | "words" | "nothing";
  readonly words: readonly string[];
  /** The value is a list with commas, of which each entry is completed. */
  readonly list: boolean;
}

const logLevels = ["CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG", "NOTSET"];

/** What there is to offer for the value of a flag, from its kind and the name of its argument. */
export function valueCompletion({ kind, argument }: Flag): ValueCompletion {
  const list = argument?.includes(",") ?? false;
  const offer = (what: ValueCompletion["offer"], words: readonly string[] = []) => ({
    offer: what,
    words,
    list,
  });
  switch (kind) {
    case "path":
      return offer(argument === "DIRECTORY" ? "directories" : "files");
    case "paths":
      return offer("files");
    case "syslogTarget":
      return offer("files");
    case "logLevel":
      return offer("words", logLevels);
    case "logFormat":
      return offer("words", ["json"]);
    case "unreachableTasks":
      return offer("words", unreachableChoices);
    case "servicePorts":
      return offer("words", servicePortChoices);
    case "accessLog":
      return offer("words", accessLogChoices);
    case "accessLogTarget":
      return offer("words", ["stdout", "/dev/log"]);
    case "templateNames":
      return offer("words", [
        "all",
        "none",
        ...templateTable.filter((row) => row.scope === "service").map(({ name }) => name),
      ]);
    default:
      return offer("nothing");
  }
}
