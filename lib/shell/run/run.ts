import type { Options } from "../../core/flags/Options.ts";
import { type Invocation, parseCommandLine } from "../../core/flags/parseCommandLine.ts";
import { UsageError } from "../../core/flags/UsageError.ts";
import { systemClock } from "../clock/systemClock.ts";
import { openLog } from "../log/openLog.ts";
import { processSignals } from "./ProcessSignals.ts";
import type { RunContext } from "./RunContext.ts";
import { stopOnSignals } from "./stopOnSignals.ts";
import { writeOut } from "./writeOut.ts";

/**
 * Runs the program. Resolves to the exit code: 0 done or stopped by a signal, 1 the work could not be done, 2 wrong
 * use, 3 `check-migration` found differences; whatever ends it early is one line on standard error.
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
      case "version": {
        const { describeVersion } = await import("./describeVersion.ts");
        await writeOut("stdout", await describeVersion(invocation.haproxyBinary, environment));
        return 0;
      }
      case "health": {
        const { runHealth } = await import("./runHealth.ts");
        await writeOut("stdout", await runHealth(invocation.runDir));
        return 0;
      }
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
    const work = await loadWork(invocation);
    try {
      return await work(context);
    } catch (error) {
      // A comparison that was stopped has not found that nothing differs.
      if (stopping.aborted && invocation.kind !== "checkMigration") return 0;
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
  invocation: Extract<Invocation, { options: Options }>,
): Promise<(context: RunContext) => Promise<number>> {
  if (invocation.kind === "checkMigration") {
    const { runCheckMigration } = await import("./runCheckMigration.ts");
    return (context) => runCheckMigration(invocation.options, context);
  }
  const { options } = invocation;
  const work = options.dry
    ? (await import("./runDry.ts")).runDry
    : options.mode === "direct"
    ? (await import("./runDirect.ts")).runDirect
    : (await import("./runSupervised.ts")).runSupervised;
  return (context) => work(options, context);
}

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s*\n\s*/g, " ");
}
