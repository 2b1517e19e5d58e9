import type { Options } from "../../core/flags/Options.ts";
import { compareConfigurations } from "../../core/migration/compareConfigurations.ts";
import { type Difference, isInEffect } from "../../core/migration/Difference.ts";
import { formatReport } from "../../core/migration/formatReport.ts";
import { type MigrationReport, migrationSize } from "../../core/migration/MigrationReport.ts";
import { settleDifferences } from "../../core/migration/settleDifferences.ts";
import { backendName } from "../../core/model/backendName.ts";
import { readNamedFile } from "../files/readNamedFile.ts";
import type { MarathonClient } from "../marathon/MarathonClient.ts";
import { ProblemLog } from "../sync/ProblemLog.ts";
import { createMarathonClient } from "./createMarathonClient.ts";
import { generateOnce } from "./generateOnce.ts";
import { type OldConfiguration, openOldConfiguration } from "./OldConfiguration.ts";
import type { RunContext } from "./RunContext.ts";

/** The exit code when there are differences in effect: not the one of work that could not be done. */
const different = 3;

/** Milliseconds from one comparison to the next: what a load balancer needs to follow a change of tasks. */
const settling = 2_000;

type CheckOptions = Options & { readonly from: string };

/**
 * `check-migration`: compares what another load balancer runs with what this one would run for the same Marathon. What
 * differs is compared once more, as tasks come and go. Resolves to the exit code: 0 without differences in effect, else 3.
 *
 * @throws {Error} of one line when one of the two cannot be had
 */
export async function runCheckMigration(options: CheckOptions, context: RunContext): Promise<number> {
  const { clock, logger, print, stopping } = context;
  const { insecureMarathon: insecure, marathonCaCert } = options;
  const ca = marathonCaCert && await readNamedFile(marathonCaCert, "--marathon-ca-cert");
  const old = openOldConfiguration(options.from, { clock, trust: { ca, insecure } });
  const client = await createMarathonClient(options, context);
  try {
    const problems = new ProblemLog(logger);
    const first = await compareOnce(options, context, { old, client, problems });
    let last = first;
    if (old.live && first.differences.some(isInEffect)) {
      await clock.sleep(settling, stopping);
      const second = await compareOnce(options, context, { old, client, problems });
      last = { ...second, differences: settleDifferences(first.differences, second.differences) };
    }
    await print(options.json ? `${JSON.stringify(last, undefined, 2)}\n` : formatReport(last));
    return last.differences.some(isInEffect) ? different : 0;
  } finally {
    client.close();
    old.close();
  }
}

async function compareOnce(
  options: CheckOptions,
  context: RunContext,
  { old, client, problems }: { old: OldConfiguration; client: MarathonClient; problems: ProblemLog },
): Promise<MigrationReport> {
  // Together, so that as little as possible changes in between.
  const [before, generation] = await Promise.all([
    old.read(context.stopping),
    generateOnce(options, context, client),
  ]);
  const { configuration, services } = generation;
  problems.report(generation.problems);
  const { text } = configuration;
  return {
    from: old.name,
    marathon: options.marathon,
    old: migrationSize(before.text),
    new: migrationSize(text),
    differences: compare(
      old.name,
      () =>
        compareConfigurations(before, { text, maps: { ...configuration.maps } }, {
          apps: new Map(services.map((service) => [backendName(service), service.appId])),
          problems: generation.problems,
        }),
    ),
  };
}

function compare(name: string, differences: () => Difference[]): Difference[] {
  try {
    return differences();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Error(
      `--from: what ${name} holds is no configuration of HAProxy: ${error.message}. Give the address of port 9090 of ` +
        "a Marathon-LB, such as http://HOST:9090, or its haproxy.cfg",
    );
  }
}
