import type { RefusedServices } from "../../core/exclusion/RefusedServices.ts";
import type { Service } from "../../core/model/Service.ts";
import type { Problem } from "../../core/problem/Problem.ts";
import type { Configuration } from "../../core/render/Configuration.ts";

/** A configuration that HAProxy may take, and what it serves. */
export interface Candidate {
  readonly services: readonly Service[];
  /** One for each service that is left out because HAProxy refused it before. */
  readonly problems: readonly Problem[];
  readonly configuration: Configuration;
}

/** The configuration of these services without the ones that HAProxy is known to refuse. */
export function makeCandidate(
  wanted: readonly Service[],
  { render, refused }: {
    readonly render: (services: readonly Service[]) => Configuration;
    readonly refused: RefusedServices;
  },
): Candidate {
  const { services, problems } = refused.substitute(wanted);
  return { services, problems, configuration: render(services) };
}
