import { blame } from "../../core/exclusion/blame.ts";
import { isFileFault } from "../../core/exclusion/isFileFault.ts";
import { mayStillFail } from "../../core/exclusion/mayStillFail.ts";
import type { RefusedServices } from "../../core/exclusion/RefusedServices.ts";
import type { Service } from "../../core/model/Service.ts";
import type { Problem } from "../../core/problem/Problem.ts";
import type { Configuration } from "../../core/render/Configuration.ts";
import type { Validation } from "../haproxy/validateConfiguration.ts";
import { type Candidate, makeCandidate } from "./Candidate.ts";
import { findCulprit } from "./findCulprit.ts";
import { refusal } from "./refusal.ts";

/** HAProxy reads a large configuration for seconds: so often at most, however many services are bad. */
const maxRuns = 3;

export interface FindAcceptedOptions {
  readonly render: (services: readonly Service[]) => Configuration;
  readonly check: (configuration: Configuration) => Promise<Validation>;
  readonly refused: RefusedServices;
  /** False with `--skip-config-cleanup`: a refused configuration is an error at once. */
  readonly cleanUp: boolean;
}

export interface Accepted {
  /** What is served. */
  readonly services: readonly Service[];
  readonly configuration: Configuration;
  readonly problems: readonly Problem[];
  /** Whether services were set aside that HAProxy had not judged yet: another synchronisation will try them. */
  readonly unfinished: boolean;
}

/**
 * Finds the configuration with the most services that HAProxy takes, by leaving out together all those it complains
 * about. Before the last run the services that it may not have judged yet are set aside, so that the run succeeds.
 *
 * @param first the candidate of these services, where it is there already
 * @throws {Error} when HAProxy refuses what is shared by all, or a file that was good before, or still refuses services after
 * the last run
 */
export async function findAccepted(
  services: readonly Service[],
  options: FindAcceptedOptions,
  first: Candidate = makeCandidate(services, options),
): Promise<Accepted> {
  const { render, check, refused, cleanUp } = options;
  let candidate = first;
  let setAside = new Set<Service>();
  for (let run = 1;; run++) {
    const { services: served, problems, configuration } = candidate;
    const validation = await check(configuration);
    if (validation.valid) {
      refused.accept(served);
      const waiting = [...setAside].map(postponed);
      return {
        services: served,
        configuration,
        problems: [...problems, ...waiting],
        unfinished: setAside.size > 0,
      };
    }
    if (!cleanUp || run >= maxRuns) throw refusal(validation.messages, "the new configuration");

    let blamed = blame(validation.messages, configuration, served);
    // It runs with what was in the file: left out, it would not be served, and nobody else is served better by that.
    const spoilt = [...blamed].find(([service, reason]) => refused.isProven(service) && isFileFault(reason));
    if (spoilt) throw refusal(validation.messages, `a file that ${spoilt[0].appId} needs and had before`);
    if (blamed.size === 0) {
      const culprit = await findCulprit(served, validation, options);
      blamed = new Map([culprit]);
      // Searching took runs of its own; what it found says nothing about how far HAProxy would come without it.
      run = 0;
    }
    for (const [service, reason] of blamed) refused.refuse(service, reason);
    candidate = makeCandidate(services, options);
    if (run !== maxRuns - 1) continue;

    const lastLine = Math.max(0, ...validation.messages.map(({ line = 0 }) => line));
    const doubtful = mayStillFail(configuration.chunks, validation.stage, lastLine);
    const isDoubtful = (service: Service) => doubtful.has(service) && !refused.isProven(service);
    setAside = new Set(candidate.services.filter(isDoubtful));
    if (setAside.size === 0) continue;
    const rest = candidate.services.filter((service) => !setAside.has(service));
    candidate = { ...candidate, services: rest, configuration: render(rest) };
  }
}

function postponed({ appId, index }: Service): Problem {
  const message =
    `${appId}: service ${index} waits: HAProxy found errors before it read this one; it is tried next`;
  return { severity: "warning", app: appId, index, message };
}
