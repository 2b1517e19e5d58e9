import { Command, InvalidArgumentError, Option } from "commander";

/** The flags of the soak test. Durations are in seconds. */
export interface CommandLine {
  readonly seconds: number;
  /** After how long the first measurement is taken, which the last one is compared with. */
  readonly warmUp: number;
  /** How long each measurement lasts. */
  readonly measure: number;
  /** The longest pause between two acts. */
  readonly pause: number;
  /**
   * How long tasks serve after their end was requested: longer than marathon-lb needs to learn of it in spite of faults.
   */
  readonly grace: number;
  readonly seed: number;
  readonly clients: number;
  readonly apps: number;
  /** Of a hundred acts, how many kill HAProxy's worker; 0 never. */
  readonly kills: number;
  /** By how many MB the memory may be more at the end. */
  readonly memory: number;
  /** File for marathon-lb's log, with the acts in it. */
  readonly log?: string;
}

/** The command; its options, once parsed, are a `CommandLine`. */
export function commandLine(): Command {
  return new Command("soak")
    .description(
      "Runs marathon-lb and HAProxy against a simulated Marathon with random changes, faults and traffic, and compares " +
        "memory, file descriptors and processes at the end with those after the warm-up. The exit code is 1 when there " +
        "are more of them, or when a request failed that HAProxy was there to answer.",
    )
    .addOption(number("--seconds <n>", "how long it runs", 1).default(600))
    .addOption(number("--warm-up <n>", "when the first measurement is taken", 1).default(60))
    .addOption(number("--measure <n>", "how long each measurement lasts", 0.1).default(20))
    .addOption(number("--pause <n>", "the longest pause between two acts", 0).default(1))
    .addOption(number("--grace <n>", "how long tasks serve after they were told to end", 5).default(10))
    .addOption(
      number("--seed <n>", "of all that is random", 0).default(Math.floor(Math.random() * 2 ** 31), "random"),
    )
    .addOption(number("--clients <n>", "how many ask, half of them by HTTPS", 1).default(8))
    .addOption(number("--apps <n>", "how many are asked for", 1).default(6))
    .addOption(number("--kills <n>", "of a hundred acts, how many kill HAProxy", 0).default(3))
    .addOption(number("--memory <n>", "MB that may be more at the end", 0).default(8))
    .addOption(new Option("--log <file>", "where marathon-lb's log goes to, with the acts in it"));
}

function number(flags: string, description: string, min: number): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text);
    if (/^\d+(\.\d+)?$/.test(text) && value >= min && value <= 2 ** 31) return value;
    throw new InvalidArgumentError(`It must be a number of at least ${min}.`);
  });
}
