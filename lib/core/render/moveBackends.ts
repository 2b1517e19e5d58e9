import type { Moves } from "../model/moveTasks.ts";
import type { Service } from "../model/Service.ts";
import { assembled } from "./assembled.ts";
import type { Chunk, Configuration } from "./Configuration.ts";
import { Moderniser } from "./Moderniser.ts";
import { nameServices } from "./nameServices.ts";
import type { RenderContext } from "./RenderContext.ts";
import { renderBackend } from "./renderBackend.ts";

/**
 * A configuration in which some services have other tasks: their backends are rendered, everything else is as it was.
 * Undefined where that says something new of a service's templates, or its templates cannot be rendered with its tasks.
 */
export function moveBackends(
  configuration: Configuration,
  moves: Moves,
  context: RenderContext,
): Configuration | undefined {
  const missing = new Set(moves.keys());
  const chunks: Chunk[] = [];
  for (const chunk of configuration.chunks) {
    const after = chunk.service && moves.get(chunk.service);
    if (!after || !chunk.backend) {
      chunks.push(after ? { ...chunk, service: after } : chunk);
      continue;
    }
    const text = moveBackend(chunk.service!, after, context);
    if (text === undefined) return undefined;
    chunks.push({ ...chunk, service: after, text });
    missing.delete(chunk.service!);
  }
  if (missing.size > 0) return undefined;
  const { maps, problems } = configuration;
  return assembled({ chunks, maps, problems });
}

function moveBackend(before: Service, after: Service, context: RenderContext): string | undefined {
  try {
    const { text, warnings } = renderAlone(after, context);
    // What is said of lines may quote them, and tasks stand in them.
    const same = after.templates.size === 0 ||
      warnings.join("\n") === renderAlone(before, context).warnings.join("\n");
    return same ? text : undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

function renderAlone(service: Service, context: RenderContext) {
  // A backend knows its own name only, and no ACL of a frontend.
  const names = nameServices([service]).get(service)!;
  const modern = new Moderniser(service);
  const text = modern.bring(renderBackend(service, names, context));
  return { text, warnings: modern.warnings };
}
