import { join } from "node:path";
import { emptyCluster } from "../../core/marathon/Cluster.ts";
import type { Options } from "../../core/flags/Options.ts";
import { environmentCertificates } from "../certificates/environmentCertificates.ts";
import { ProblemLog } from "../sync/ProblemLog.ts";
import { createGenerator } from "./createGenerator.ts";
import { createMarathonClient } from "./createMarathonClient.ts";
import type { RunContext } from "./RunContext.ts";

/** `--dry`: prints the configuration and touches nothing. Resolves to the exit code. */
export async function runDry(options: Options, context: RunContext): Promise<number> {
  const { clock, environment, logger, print, stopping } = context;
  const client = await createMarathonClient(options, context);
  const sslCerts = certificatePaths(options, environment);
  const generator = await createGenerator(options, { environment, sslCerts, clock, logger });
  try {
    const cluster = await client.apps(stopping);
    const generation = await generator.generate({ cluster, changes: [], from: emptyCluster, partial: false });
    const configuration = generator.render(generation.services);
    const problems = [...generation.problems, ...configuration.problems];
    new ProblemLog(logger).report(problems);
    await print(configuration.text);
    return options.strictExit && problems.some(({ severity }) => severity === "excluded") ? 1 : 0;
  } finally {
    client.close();
  }
}

/** The certificates that a run without `--dry` would use. */
function certificatePaths(options: Options, environment: RunContext["environment"]): readonly string[] {
  const { sslCerts, certDir, mode } = options;
  const fromEnvironment = mode === "direct" ? [] : environmentCertificates(environment, certDir);
  const paths = [...sslCerts ?? [], ...fromEnvironment.map(({ path }) => path)];
  return paths.length > 0 ? paths : [join(certDir, "cert.pem")];
}
