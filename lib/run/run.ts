import process from "node:process";
import type { Options } from "../core/flags/options.ts";
import { type Invocation, parseCommandLine } from "../core/flags/commandLine.ts";
import { UsageError } from "../core/flags/flag.ts";
import { oneLine } from "../core/text.ts";
import { systemClock } from "../shell/system/clock.ts";
import { openLog } from "../shell/log/openLog.ts";
import { surviveWithoutReader, writeToStandardError } from "../shell/log/logger.ts";
import { type CommandContext, processSignals, releaseSignals, stopOnSignals } from "./context.ts";
import { keepHeapSmall, writeOut } from "../shell/system/runtime.ts";
import { isLive, type Output, Screen } from "../shell/system/terminal.ts";

/**
 * Runs the program. A failure that ends it early is one line on standard error. Resolves to the exit code:
 *
 * - 0: done, or stopped by a signal
 * - 1: the work could not be done
 * - 2: wrong use
 * - 3: the answer is negative: differences, problems, an app that is not served, lost labels, a deployment that
 *   was rolled back
 *
 * @param argv the words after the program's name
 */
export async function run(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const print = (text: string) => writeOut("stdout", text);
  const complain = (message: string) => writeOut("stderr", `marathon-lb: ${message}\n`);
  try {
    const invocation = parseCommandLine(argv, environment);
    if (stays(invocation)) keepHeapSmall();
    else releaseSignals();
    switch (invocation.kind) {
      case "help":
        await writeOut("stdout", invocation.text);
        return 0;
      case "version": {
        const { describeVersion } = await import("./questions.ts");
        await writeOut("stdout", await describeVersion(invocation.haproxyBinary, environment));
        return 0;
      }
      case "health": {
        const { runHealth } = await import("./questions.ts");
        await writeOut("stdout", await runHealth(invocation.runDir));
        return 0;
      }
      case "explain": {
        const { explainByInstance } = await import("./explain.ts");
        return await explainByInstance(invocation, {
          environment,
          clock: systemClock,
          screen: screenFor(invocation, environment),
          print,
          // Until TERM or INT ends the process: nothing has to be put in order before.
          stopping: new AbortController().signal,
        });
      }
      case "longhelp": {
        const { longhelp } = await import("../core/docs/reference.ts");
        await writeOut("stdout", longhelp());
        return 0;
      }
    }
    const { options } = invocation;
    surviveWithoutReader();
    const screen = screenFor(invocation, environment);
    const toConsole = (line: string) => screen.aside(() => writeToStandardError(line));
    const { logger, tellSyslog, close } = await openLog(options, systemClock, toConsole);
    const ending = stopOnSignals(processSignals, logger, systemClock);
    const context = {
      environment,
      clock: systemClock,
      logger,
      signals: processSignals,
      ...ending,
      screen,
      print,
    };
    const work = await loadWork(invocation);
    try {
      return await work(context);
    } catch (error) {
      // A command that was stopped has not found that all is well.
      if (ending.stopping.aborted && invocation.kind === "run") return 0;
      tellSyslog(oneLine(error));
      throw error;
    } finally {
      await close();
    }
  } catch (error) {
    await complain(oneLine(error));
    return error instanceof UsageError ? error.exitCode : 1;
  }
}

/**
 * Where an invocation shows what is under way: on standard error, as its answer is on standard output. The lines of a
 * deployment are its answer, but with `--json`. What follows Marathon is read as a log.
 */
export function screenFor(
  invocation: Invocation,
  environment: Readonly<Record<string, string | undefined>>,
  { stdout, stderr }: { readonly stdout: Output; readonly stderr: Output } = process,
): Screen {
  const json = "json" in invocation ? invocation.json : "options" in invocation && invocation.options.json;
  const isDeployment = invocation.kind === "deploy";
  const output = isDeployment && !json ? stdout : stderr;
  const isLog = invocation.kind === "run" && !invocation.options.dry;
  const isShown = isDeployment || !json && !isLog;
  return new Screen(output, isShown && isLive(environment, output), systemClock);
}

/** Whether it follows Marathon until it is stopped. */
function stays(invocation: Invocation): boolean {
  if (invocation.kind !== "run" || invocation.options.dry) return false;
  const { mode, sse, eventAddress } = invocation.options;
  return mode !== "direct" || sse || eventAddress !== undefined;
}

/** Loads what an invocation needs only when it is known, so that `--version` does not wait for Handlebars. */
async function loadWork(
  invocation: Extract<Invocation, { options: Options }>,
): Promise<(context: CommandContext) => Promise<number>> {
  switch (invocation.kind) {
    case "checkMigration": {
      const { runCheckMigration } = await import("./checkMigration.ts");
      return (context) => runCheckMigration(invocation.options, context);
    }
    case "explainMarathon": {
      const { explainByMarathon } = await import("./explainMarathon.ts");
      return (context) => explainByMarathon(invocation, context);
    }
    case "export": {
      const { runExport } = await import("./export.ts");
      return (context) => runExport(invocation.options, context);
    }
    case "import": {
      const { runImport } = await import("./import.ts");
      return (context) => runImport(invocation.options, context);
    }
    case "deploy": {
      const { runDeploy } = await import("./deploy.ts");
      return (context) => runDeploy(invocation.options, context);
    }
    case "validate": {
      const { runValidate } = await import("./validate.ts");
      return (context) => runValidate(invocation.options, context);
    }
  }
  const { options } = invocation;
  const work = options.dry
    ? (await import("./dry.ts")).runDry
    : options.mode === "direct"
    ? (await import("./direct.ts")).runDirect
    : (await import("./supervised.ts")).runSupervised;
  return (context) => work(options, context);
}
