import { readApps } from "../../../../lib/core/marathon/cluster.ts";
import { buildServices } from "../../../../lib/core/model/buildServices.ts";
import type { ModelContext } from "../../../../lib/core/model/context.ts";
import type { Problem } from "../../../../lib/core/problem.ts";
import type { Configuration } from "../../../../lib/core/render/configuration.ts";
import type { RenderContext } from "../../../../lib/core/render/context.ts";
import { renderConfiguration } from "../../../../lib/core/render/renderConfiguration.ts";
import { modelContext } from "../../model/support/modelContext.ts";
import { renderContext } from "./renderContext.ts";

/** The whole pure core: from Marathon's answer to the configuration, with the problems of all steps. */
export function generate(
  answer: unknown,
  model: Partial<ModelContext> = {},
  render: Partial<RenderContext> = {},
): Configuration & { problems: Problem[] } {
  const { apps, problems } = readApps(answer);
  const built = buildServices(apps, modelContext(model));
  const configuration = renderConfiguration(built.services, renderContext(render));
  return { ...configuration, problems: [...problems, ...built.problems, ...configuration.problems] };
}
