import { Command, InvalidArgumentError, Option } from "commander";
import { hostTarget, type Runtime, type Target, targets } from "./targets.ts";

export interface BuildOptions {
  /** Undefined: Deno's where it can be had, else Node.js. */
  readonly runtime: Runtime | undefined;
  /** At least one, none twice. */
  readonly targets: readonly Target[];
}

/** The command of the build, to be parsed or asked for its help. */
export function commandLine(): Command {
  return new Command("build")
    .description("Makes dist/marathon-lb.js and the executable dist/marathon-lb with a runtime inside.")
    .addOption(
      new Option(
        "--runtime <runtime>",
        "the runtime inside; without it Deno's, where denort can be had ($DENORT_BIN, Deno's cache, the network), " +
          "else Node.js",
      ).choices(["deno", "node"]),
    )
    .addOption(
      new Option(
        "--target <machine>",
        "x86_64 or aarch64, or what Deno calls them; may be given twice; without it this machine",
      ).argParser(addTarget),
    );
}

/**
 * Reads the words after the script's name.
 *
 * @param arch `process.arch`
 * @throws {CommanderError} for wrong use, where the command says so by `exitOverride`; {Error} on a machine without a build
 */
export function readCommandLine(command: Command, words: readonly string[], arch: string): BuildOptions {
  const { runtime, target } = command.parse(words, { from: "user" }).opts<
    { runtime?: Runtime; target?: Target[] }
  >();
  return { runtime, targets: target ?? [hostTarget(arch)] };
}

function addTarget(text: string, before: readonly Target[] = []): Target[] {
  const target = targets.find(({ name, triple }) => text === name || text === triple);
  if (target) return [...new Set([...before, target])];
  throw new InvalidArgumentError(`It must be ${targets.map(({ name }) => name).join(" or ")}.`);
}
