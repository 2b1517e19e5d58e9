import type { World } from "../../../../lib/core/explain/world.ts";
import { RefusedServices } from "../../../../lib/core/admission/refused.ts";
import { AppList, readApps } from "../../../../lib/core/marathon/cluster.ts";
import { buildServices } from "../../../../lib/core/model/buildServices.ts";
import type { ModelContext } from "../../../../lib/core/model/context.ts";
import type { Problem } from "../../../../lib/core/problem.ts";
import { servicesIn } from "../../../../lib/core/render/configuration.ts";
import type { RenderContext } from "../../../../lib/core/render/context.ts";
import { renderConfiguration } from "../../../../lib/core/render/renderConfiguration.ts";
import { marathonApp } from "../../model/support/marathonApp.ts";
import { modelContext } from "../../model/support/modelContext.ts";
import { renderContext } from "../../render/support/renderContext.ts";

/** What a test wants to be different from one load balancer that serves every app. */
export interface WorldMembers extends Partial<Omit<ModelContext, "render">> {
  /** As Marathon sends them, without what `marathonApp` fills in. */
  readonly apps: readonly Record<string, unknown>[];
  /** Ids of apps that are too large to be read. */
  readonly oversized?: readonly string[];
  readonly render?: Partial<RenderContext>;
  /** What HAProxy thinks of services, by app: refused or not judged yet, the former also with last good sections. */
  readonly admission?: Readonly<Record<string, "refused" | "waits" | "refused now">>;
}

/** A world, and the notes of its apps by app. */
export interface Made {
  readonly world: World;
  readonly notes: ReadonlyMap<string, readonly Problem[]>;
}

/** The world that Marathon's answer makes: read, built, admitted and rendered as a run does it. */
export function madeOf({ apps, oversized = [], render, admission = {}, ...members }: WorldMembers): Made {
  const list = new AppList();
  readApps({ apps: apps.map((app) => marathonApp(app)) }, list);
  for (const id of oversized) list.addOversized(id);
  const cluster = list.cluster();
  const context = renderContext(render);
  const model = modelContext({
    haproxyMap: context.haproxyMap,
    unread: new Set(cluster.problems.keys()),
    quietNotes: true,
    ...members,
  });
  const { services, problems, built } = buildServices([...cluster.apps.values()], model);
  const refused = new RefusedServices();
  for (const service of services) {
    const verdict = admission[service.appId];
    if (verdict === "refused now") {
      refused.accept([{ ...service, labels: { ...service.labels, BALANCE: "first" } }]);
    }
    if (verdict === "waits") refused.wait(service, "HAProxy refuses others beside it");
    else if (verdict) refused.refuse(service, "line 7: unknown keyword 'nonsense'.");
  }
  const admitted = refused.substitute(services);
  const configuration = renderConfiguration(admitted.services, context);
  const world = {
    cluster,
    services: servicesIn(configuration),
    configuration,
    problems: [...cluster.problems.values(), ...problems, ...admitted.problems, ...configuration.problems],
    model,
    render: context,
  };
  return { world, notes: new Map([...built].map(([app, { notes }]) => [app, notes])) };
}

export function worldOf(members: WorldMembers): World {
  return madeOf(members).world;
}
