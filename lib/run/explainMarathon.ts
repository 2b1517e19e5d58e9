import { explainApp } from "../core/explain/app.ts";
import { explainUrl } from "../core/explain/url.ts";
import type { World } from "../core/explain/world.ts";
import type { ExplainInvocation, ExplainQuestion } from "../core/flags/commands.ts";
import { backendName, type Service } from "../core/model/service.ts";
import type { CommandContext } from "./context.ts";
import { generateOnce } from "./dry.ts";
import { type Answer, tellAnswer } from "./explain.ts";
import { lookForHaproxy, openListing } from "./parts.ts";
import { checkInScratch, withoutRefused } from "./scratchCheck.ts";

/**
 * `explain` of what an instance with these flags would make of Marathon's apps. Resolves to the exit code, as
 * `explainByInstance`.
 *
 * @throws {Error} of one line when Marathon or the file in its place cannot be read
 */
export async function explainByMarathon(
  { question, json, options }: Extract<ExplainInvocation, { kind: "explainMarathon" }>,
  context: CommandContext,
): Promise<number> {
  const found = await lookForHaproxy(options, context);
  const haproxy = "missing" in found ? undefined : found;
  const listing = await openListing(options, context);
  try {
    const { world } = await generateOnce(options, context, listing, { haproxy });
    const answer = explainIn(world, question);
    const services = servicesOf(answer, world);
    if (haproxy === undefined || options.skipValidation || services.length === 0) {
      return await tellAnswer(answer, json, context);
    }
    const { refused } = await checkInScratch(services, haproxy, options, context);
    return await tellAnswer(explainIn(withoutRefused(world, refused), question), json, context);
  } finally {
    listing.close();
  }
}

/** The services that an answer is about: HAProxy is to look at no others. */
function servicesOf(answer: Answer, { services }: World): Service[] {
  if ("unknown" in answer) return [];
  if ("app" in answer) {
    const backends = new Set(answer.app.services.map(({ backend }) => backend));
    return services.filter((service) => backends.has(backendName(service)));
  }
  const { matched, also } = answer.url;
  const named = [...matched ? [matched] : [], ...also];
  return services.filter(({ appId, index }) => named.some((one) => one.app === appId && one.index === index));
}

function explainIn(world: World, question: ExplainQuestion): Answer {
  if ("url" in question) return { url: explainUrl(world, question.url) };
  const explanation = explainApp(world, question.app);
  return "nearest" in explanation
    ? { unknown: question.app, nearest: explanation.nearest }
    : { app: explanation };
}
