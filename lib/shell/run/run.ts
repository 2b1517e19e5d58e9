import type { Options } from "../../core/flags/Options.ts";
import { parseCommandLine } from "../../core/flags/parseCommandLine.ts";
import { UsageError } from "../../core/flags/UsageError.ts";
import { version } from "../../core/version.ts";
import { systemClock } from "../clock/systemClock.ts";
import { openLog } from "../log/openLog.ts";
import { describeRuntime } from "./describeRuntime.ts";
import { processSignals } from "./ProcessSignals.ts";
import type { RunContext } from "./RunContext.ts";
import { stopOnSignals } from "./stopOnSignals.ts";
import { writeOut } from "./writeOut.ts";

/**
 * Runs the program. Resolves to the exit code: 0 done or stopped by a signal, 1 the work could not be done, 2 wrong
 * use; whatever ends it early is one line on standard error.
 *
 * @param argv the words after the program's name
 */
export async function run(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const complain = (message: string) => writeOut("stderr", `marathon-lb: ${message}\n`);
  try {
    const invocation = parseCommandLine(argv, environment);
    switch (invocation.kind) {
      case "help":
        await writeOut("stdout", invocation.text);
        return 0;
      case "version":
        await writeOut("stdout", `marathon-lb ${version} (${describeRuntime()})\n`);
        return 0;
      case "longhelp": {
        const { longhelp } = await import("../../core/docs/longhelp.ts");
        await writeOut("stdout", longhelp());
        return 0;
      }
    }
    const { options } = invocation;
    const { logger, tellSyslog, close } = await openLog(options, systemClock);
    const { stopping, killing } = stopOnSignals(processSignals, logger, systemClock);
    const context = {
      environment,
      clock: systemClock,
      logger,
      signals: processSignals,
      stopping,
      killing,
      print: (text: string) => writeOut("stdout", text),
    };
    const work = await loadWork(options);
    try {
      return await work(options, context);
    } catch (error) {
      if (stopping.aborted) return 0;
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

/** What an invocation needs is loaded only when it is known: a question for the version is not to wait for Handlebars. */
async function loadWork(
  { dry, mode }: Options,
): Promise<(options: Options, context: RunContext) => Promise<number>> {
  if (dry) return (await import("./runDry.ts")).runDry;
  if (mode === "direct") return (await import("./runDirect.ts")).runDirect;
  return (await import("./runSupervised.ts")).runSupervised;
}

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s*\n\s*/g, " ");
}
