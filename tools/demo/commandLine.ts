import { Command, InvalidArgumentError, Option } from "commander";

/** The flags of the demo. */
export interface CommandLine {
  /** Undefined: until it is stopped. */
  readonly seconds?: number;
}

/** The command; its options, once parsed, are a `CommandLine`. */
export function commandLine(): Command {
  return new Command("demo")
    .description(
      "Runs marathon-lb and HAProxy against a simulated Marathon whose apps scale and redeploy by themselves, and shows " +
        "which task answers. Everything listens on 127.0.0.1, at free ports. Ctrl-C stops it; nothing is left behind.",
    )
    .addOption(
      new Option(
        "--seconds <n>",
        "end by itself after so long; the exit code is 0 if every request was answered well",
      ).argParser(seconds),
    );
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= 86_400) return value;
  throw new InvalidArgumentError("It must be a number of seconds, more than 0 and at most 86400.");
}
