import type { Options } from "../../core/flags/Options.ts";
import { ProblemLog } from "../sync/ProblemLog.ts";
import { createMarathonClient } from "./createMarathonClient.ts";
import { generateOnce } from "./generateOnce.ts";
import type { RunContext } from "./RunContext.ts";

/** `--dry`: prints the configuration and touches nothing. Resolves to the exit code. */
export async function runDry(options: Options, context: RunContext): Promise<number> {
  const client = await createMarathonClient(options, context);
  try {
    const { configuration, problems } = await generateOnce(options, context, client);
    new ProblemLog(context.logger).report(problems);
    await context.print(configuration.text);
    return options.strictExit && problems.some(({ severity }) => severity === "excluded") ? 1 : 0;
  } finally {
    client.close();
  }
}
