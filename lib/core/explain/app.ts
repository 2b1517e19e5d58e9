import { type Kind, labelKinds } from "../labels/labelKinds.ts";
import { type LabelRow, labelTable } from "../labels/labelTable.ts";
import type { Service } from "../model/service.ts";
import { describeIdle, judgeTask } from "../model/tasks.ts";
import { problemOf } from "../problem.ts";
import type { Chunk } from "../render/configuration.ts";
import { nameService, serverName } from "../render/names.ts";
import { renderService } from "../render/service.ts";
import type { TemplateSet } from "../templates/templateSet.ts";
import { templateTable } from "../templates/templateTable.ts";
import { compareText } from "../text.ts";
import { nearestTexts } from "../nearest.ts";
import { type FrontendLines, frontendLines, rulesIn, type ServiceRule } from "./rules.ts";
import { allIds, type AppVerdict, type Reason, reasonOf, type ServiceVerdict, verdictOf } from "./verdict.ts";
import { indexAround, type IndexedWorld, indexWorld, type World } from "./world.ts";

/** A label of the program, as written in Marathon and as understood. */
export interface ReadLabel {
  readonly name: string;
  /** Without the secret part of a login. */
  readonly value: string;
  /** How it is understood; absent if it cannot be read. */
  readonly read?: string;
  /** What is wrong with it. */
  readonly reason?: Reason;
}

/** A task of an app, and whether it is a server. */
export interface ExplainedTask {
  readonly id: string;
  readonly host?: string;
  readonly state?: string;
  readonly standing: "server" | "left-out";
  readonly reason?: Reason;
}

/** HAProxy's statistics of a server. Counters are those of the serving worker. */
export interface LiveServer {
  /** As HAProxy writes it: `UP`, `DOWN`, `MAINT`, `no check`. */
  readonly status: string;
  /** The result of the last check: `L7OK/200`. */
  readonly check?: string;
  readonly sessions: number;
  /** Sessions a second. */
  readonly rate: number;
  readonly errors: number;
  readonly weight: number;
  readonly queue: number;
}

export interface ExplainedServer {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** The id of its task, where it is known. */
  readonly task?: string;
  readonly draining: boolean;
  readonly live?: LiveServer;
}

/** A line of the configuration, and the template or label that it comes from. */
export interface ConfigurationLine {
  readonly text: string;
  readonly from: string;
}

export interface ServiceExplanation extends ServiceVerdict {
  readonly mode: "http" | "tcp";
  readonly rules: readonly ServiceRule[];
  readonly lines: readonly ConfigurationLine[];
  readonly servers: readonly ExplainedServer[];
}

/** The chain from an app to its servers. */
export interface AppExplanation extends AppVerdict {
  readonly labels: readonly ReadLabel[];
  readonly tasks: readonly ExplainedTask[];
  readonly services: readonly ServiceExplanation[];
}

/** What happens to one app, step by step; for an id that is none, the nearest ones. */
export function explainApp(
  world: World,
  id: string,
): AppExplanation | { readonly nearest: readonly string[] } {
  const asked = id.startsWith("/") ? id : `/${id}`;
  const indexed = indexAround(world, asked);
  const verdict = verdictOf(indexed, asked);
  if (!verdict) return { nearest: nearestTexts(asked, allIds(indexWorld(world))) };
  const modelId = indexed.apps.has(asked) ? asked : indexed.groupOf.get(asked) ?? asked;
  const served = indexed.servicesOf.get(modelId) ?? [];
  const lines = frontendLines(indexed.configuration, served);
  const services = verdict.services.map((one): ServiceExplanation => {
    const service = served.find(({ index }) => index === one.index);
    if (!service || one.backend === undefined) {
      return { ...one, mode: modeOf(one), rules: [], lines: [], servers: [] };
    }
    return { ...one, mode: service.mode, ...explainService(service, modelId, { lines, world: indexed }) };
  });
  return {
    ...verdict,
    labels: readAllLabels(asked, verdict, indexed),
    tasks: explainTasks(modelId, indexed),
    services,
  };
}

/** Without a served service there is no mode; the vhost shows the mode that it would have. */
function modeOf({ vhosts }: ServiceVerdict): "http" | "tcp" {
  return vhosts.length > 0 ? "http" : "tcp";
}

function explainService(
  service: Service,
  modelId: string,
  { lines, world }: { lines: FrontendLines; world: IndexedWorld },
) {
  const chunks = world.configuration.chunks.filter(({ service: one }) =>
    one?.appId === service.appId && one.index === service.index
  );
  const tasks = tasksByServer(service, modelId, world);
  return {
    rules: rulesIn(service, lines, world),
    lines: attributeLines(service, chunks, world),
    servers: service.backends.map((backend): ExplainedServer => {
      const task = tasks.get(`${backend.ip}:${backend.port}`);
      return {
        name: serverName(backend),
        address: backend.ip,
        port: backend.port,
        ...task === undefined ? {} : { task },
        draining: backend.draining,
      };
    }),
  };
}

function tasksByServer({ index }: Service, modelId: string, world: IndexedWorld): Map<string, string> {
  const app = world.apps.get(modelId)?.app;
  const found = new Map<string, string>();
  for (const task of app?.tasks ?? []) {
    const live = judgeTask(app!, task, world.model);
    if (!("why" in live)) found.set(`${live.ip}:${live.ports[index]}`, task.id);
  }
  return found;
}

/** The lines of a service's pieces, each with its template. To find that, the service is rendered once more. */
function attributeLines(service: Service, chunks: readonly Chunk[], world: World): ConfigurationLine[] {
  const origins = originsOf(service, world);
  const ofKeyword = new Map<string, string>();
  for (const [line, origin] of origins) {
    const keyword = line.split(/\s/)[0]!;
    if (!ofKeyword.has(keyword)) ofKeyword.set(keyword, origin);
  }
  return chunks.flatMap(({ text }) => text.split("\n")).filter((line) => line.trim() !== "").map((text) => {
    const line = text.trim();
    const from = origins.get(line) ?? ofKeyword.get(line.split(/\s/)[0]!) ?? "marathon-lb";
    return { text, from };
  });
}

function originsOf(service: Service, { render, services }: World): Map<string, string> {
  const origins = new Map<string, string>();
  const { templates } = render;
  const recorder: Pick<TemplateSet, "render" | "section"> = {
    render(name, values, owner) {
      const text = templates.render(name, values, owner);
      const origin = owner?.templates.has(name)
        ? `label HAPROXY_${service.index}_${name}`
        : `template HAPROXY_${name}`;
      for (const line of text.split("\n")) {
        if (line.trim() !== "" && !origins.has(line.trim())) origins.set(line.trim(), origin);
      }
      return text;
    },
    section: (...words) => templates.section(...words),
  };
  const names = nameService(service, services);
  try {
    renderService(service, names, { ...render, templates: recorder as TemplateSet });
  } catch (error) {
    // Its pieces in the configuration come from earlier templates.
    if (!(error instanceof RangeError)) throw error;
  }
  return origins;
}

function explainTasks(modelId: string, world: IndexedWorld): ExplainedTask[] {
  const app = world.apps.get(modelId)?.app;
  if (!app) return [];
  const addresses = new Set(
    (world.servicesOf.get(modelId) ?? []).flatMap(({ backends }) =>
      backends.map(({ ip, port }) => `${ip}:${port}`)
    ),
  );
  return app.tasks.map((task): ExplainedTask => {
    const found = judgeTask(app, task, world.model);
    const { id, host, state } = task;
    const known = { id, ...host === undefined ? {} : { host }, ...state === undefined ? {} : { state } };
    if ("why" in found) {
      const problem = problemOf(found.code, { app: app.id }, `${app.id}: ${describeIdle(task, found)}`);
      return { ...known, standing: "left-out", reason: reasonOf(problem, world) };
    }
    const isServer = found.ports.some((port) => addresses.has(`${found.ip}:${port}`));
    return { ...known, standing: isServer ? "server" : "left-out" };
  });
}

const serviceLabel = /^HAPROXY_(\d+)_(.+)$/;

/** The labels of the program, sorted, with how each is understood. */
function readAllLabels(id: string, verdict: AppVerdict, { cluster, apps }: IndexedWorld): ReadLabel[] {
  const app = cluster.apps.get(id) ?? apps.get(id)?.app;
  const names = Object.keys(app?.labels ?? {}).filter((name) => name.startsWith("HAPROXY_")).sort(
    compareText,
  );
  return names.map((name) => {
    const text = app!.labels[name]!;
    const reason = verdict.reasons.find(({ message }) =>
      new RegExp(`(?<!\\w)${escaped(name)}(?!\\w)`).test(message)
    );
    const { value, read } = readLabel(name, text);
    return {
      name,
      value,
      ...read === undefined ? {} : { read },
      ...reason === undefined ? {} : { reason },
    };
  });
}

function escaped(text: string): string {
  return text.replaceAll(/[^\w]/g, "\\$&");
}

function readLabel(name: string, text: string): { value: string; read?: string } {
  const [, index, ofService] = serviceLabel.exec(name) ?? [];
  const rows: readonly LabelRow[] = labelTable;
  const row = rows.find((one) =>
    one.scope === (index === undefined ? "app" : "service") &&
    one.name === (ofService ?? name.slice("HAPROXY_".length))
  );
  if (!row) {
    const isTemplate = templateTable.some((one) => one.name === ofService && one.scope === "service");
    return { value: text, ...isTemplate ? { read: "a template" } : {} };
  }
  const kind: Kind<unknown> = labelKinds[row.kind];
  const value = row.kind === "auth" ? hidePassword(text) : text;
  try {
    const read = kind.read(text.trim(), name);
    if (read === undefined) return { value };
    if (row.kind === "auth") return { value, read: "a login" };
    if (text.trim() === "" && !kind.countsWhenEmpty) return { value, read: "absent, because it is empty" };
    return { value, read: JSON.stringify(read) };
  } catch (error) {
    if (error instanceof RangeError) return { value };
    throw error;
  }
}

/** The realm and the user of a login without its password. */
function hidePassword(text: string): string {
  const [realm, user, ...password] = text.split(":");
  return password.length > 0 ? `${realm}:${user}:…` : "…";
}
