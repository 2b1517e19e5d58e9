import { join } from "node:path";
import type { Options } from "../../core/flags/Options.ts";
import { emptyCluster } from "../../core/marathon/Cluster.ts";
import type { Service } from "../../core/model/Service.ts";
import type { Problem } from "../../core/problem/Problem.ts";
import type { Configuration } from "../../core/render/Configuration.ts";
import { environmentCertificates } from "../certificates/environmentCertificates.ts";
import type { MarathonClient } from "../marathon/MarathonClient.ts";
import { createGenerator } from "./createGenerator.ts";
import type { RunContext } from "./RunContext.ts";

/** What Marathon's apps come to now. */
export interface OneGeneration {
  readonly services: readonly Service[];
  readonly configuration: Configuration;
  readonly problems: readonly Problem[];
}

/** Asks Marathon for all apps and makes the configuration of them, touching nothing. */
export async function generateOnce(
  options: Options,
  { clock, environment, logger, stopping }: RunContext,
  client: Pick<MarathonClient, "apps">,
): Promise<OneGeneration> {
  const sslCerts = certificatePaths(options, environment);
  const generator = await createGenerator(options, { environment, sslCerts, clock, logger });
  const cluster = await client.apps(stopping);
  const { services, problems } = await generator.generate({
    cluster,
    changes: [],
    from: emptyCluster,
    partial: false,
  });
  const configuration = generator.render(services);
  return { services, configuration, problems: [...problems, ...configuration.problems] };
}

/** The certificates that a run would use which touches something. */
function certificatePaths(options: Options, environment: RunContext["environment"]): readonly string[] {
  const { sslCerts, certDir, mode } = options;
  const fromEnvironment = mode === "direct" ? [] : environmentCertificates(environment, certDir);
  const paths = [...sslCerts ?? [], ...fromEnvironment.map(({ path }) => path)];
  return paths.length > 0 ? paths : [join(certDir, "cert.pem")];
}
