import type { Moves } from "../model/moveTasks.ts";
import type { Service } from "../model/Service.ts";
import { assembled } from "./assembled.ts";
import type { Chunk, ChunkPlaces, Configuration } from "./Configuration.ts";
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
  const places = configuration.places ?? findPlaces(configuration.chunks);
  const chunks = [...configuration.chunks];
  const changed: number[] = [];
  for (const [before, after] of moves) {
    const own = places.get(before.appId)?.filter((place) => chunks[place]!.service === before) ?? [];
    if (!own.some((place) => chunks[place]!.backend)) return undefined;
    for (const place of own) {
      const chunk = chunks[place]!;
      const text = chunk.backend ? moveBackend(before, after, context) : chunk.text;
      if (text === undefined) return undefined;
      chunks[place] = { ...chunk, service: after, text };
      changed.push(place);
    }
  }
  changed.sort((a, b) => a - b);
  const { maps, problems } = configuration;
  return assembled({
    chunks,
    maps,
    problems,
    places,
    changed: { from: configuration.chunks, places: changed },
  });
}

function findPlaces(chunks: readonly Chunk[]): ChunkPlaces {
  const places = new Map<string, number[]>();
  for (const [place, { service }] of chunks.entries()) {
    if (!service) continue;
    const known = places.get(service.appId);
    if (known) known.push(place);
    else places.set(service.appId, [place]);
  }
  return places;
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
