import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { blame, isFileFault } from "../core/admission/blame.ts";
import { keyOf } from "../core/explain/rules.ts";
import type { World } from "../core/explain/world.ts";
import type { Options } from "../core/flags/options.ts";
import type { CheckMessage } from "../core/haproxy/messages.ts";
import type { Service } from "../core/model/service.ts";
import { type Problem, serviceProblem } from "../core/problem.ts";
import { type Configuration, servicesIn } from "../core/render/configuration.ts";
import { renderConfiguration } from "../core/render/renderConfiguration.ts";
import { compareText, count } from "../core/text.ts";
import { selfSignedCertificate } from "../shell/certificates/prepare.ts";
import { createCheck, type HaproxyBinary } from "../shell/haproxy/binary.ts";
import type { Logger } from "../shell/log/logger.ts";
import { validateStaged } from "../shell/sync/admission.ts";
import { ConfigurationStore } from "../shell/sync/store.ts";
import { writeFileAtomically } from "../shell/system/files.ts";
import type { CommandContext } from "./context.ts";
import { prepareDirectories } from "./firstStart.ts";
import { haproxyEnvironment } from "./machine.ts";
import { createGenerator } from "./parts.ts";

/** What HAProxy says of services that it has never run. */
export interface ScratchCheck {
  /** The services that it refuses, each with its words. */
  readonly refused: ReadonlyMap<Service, string>;
  /** Services that need a file which is not on this machine, with HAProxy's message. Nothing more is known of them. */
  readonly unchecked: ReadonlyMap<Service, string>;
  /** Why none of them could be checked; absent where they were. */
  readonly failure?: string;
}

/** A world without the services that HAProxy refuses, and with a problem for each. */
export function withoutRefused(world: World, refused: ScratchCheck["refused"]): World {
  if (refused.size === 0) return world;
  const keys = new Set([...refused.keys()].map(keyOf));
  // In the order of the model, which decides where requests by app id go. A world has them in that of its rules.
  const services = world.services.filter((service) => !keys.has(keyOf(service)))
    .sort((a, b) => compareText(a.appId, b.appId) || a.port - b.port);
  const configuration = renderConfiguration(services, world.render);
  return {
    ...world,
    services: servicesIn(configuration),
    configuration,
    problems: [...world.problems, ...refusals(refused)],
  };
}

/** The problems of the services that HAProxy refuses. */
export function refusals(refused: ScratchCheck["refused"]): Problem[] {
  return [...refused].map(([{ appId: app, index }, said]) =>
    serviceProblem(
      "haproxy-refuses",
      { app, index },
      ` is left out, HAProxy refuses it: ${said.replace(/\.$/, "")}`,
    )
  );
}

/**
 * Has HAProxy read a configuration of these services in a separate directory, which is removed afterwards. A temporary
 * certificate replaces those of the HTTPS frontend, because HAProxy's verdict on the services does not depend on them.
 */
export async function checkInScratch(
  services: readonly Service[],
  haproxy: HaproxyBinary,
  options: Options,
  context: CommandContext,
): Promise<ScratchCheck> {
  const scratch = await mkdtemp(join(tmpdir(), "marathon-lb-check-"));
  try {
    return await check(services, haproxy, scratchOptions(options, scratch), context);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function scratchOptions(options: Options, scratch: string): Options {
  const at = (name: string) => join(scratch, name);
  return {
    ...options,
    mode: "sse",
    templatesDir: resolve(options.mode === "direct" ? "." : options.workDir, options.templatesDir),
    workDir: scratch,
    runDir: at("run"),
    stateDir: at("state"),
    certDir: at("cert"),
    haproxyConfig: at("haproxy.cfg"),
  };
}

/** What this generator would warn of, the one of the real configuration has warned of. */
const silent: Logger = { debug() {}, info() {}, warning() {}, error() {}, named: () => silent };

async function check(
  services: readonly Service[],
  haproxy: HaproxyBinary,
  options: Options,
  context: CommandContext,
): Promise<ScratchCheck> {
  const { clock, environment, screen, stopping } = context;
  const certificate = join(options.workDir, "check.pem");
  await prepareDirectories(options);
  if (options.bindHttpHttps) {
    await writeFileAtomically(certificate, await selfSignedCertificate("localhost", clock), { mode: 0o600 });
  }
  const generator = await createGenerator(options, {
    environment,
    sslCerts: () => [certificate],
    clock,
    logger: silent,
    haproxy,
  });
  const store = new ConfigurationStore({
    configFile: options.haproxyConfig,
    archiveVersions: 0,
    haproxyMap: options.haproxyMap,
  });
  const validate = createCheck({ haproxy: haproxy.path, env: haproxyEnvironment(environment), clock });
  const look = (some: readonly Service[]) =>
    screen.during(
      () => `HAProxy ${haproxy.version.text} checks ${count(some.length, "service")}`,
      async () => {
        const configuration = generator.render(some);
        return { configuration, ...await validateStaged(configuration, { store, validate }, stopping) };
      },
    );
  return await findRefused(services, look);
}

interface Looked {
  readonly configuration: Configuration;
  readonly valid: boolean;
  readonly messages: readonly CheckMessage[];
  readonly endless?: true;
}

type Look = (services: readonly Service[]) => Promise<Looked>;

/** Leaves out what HAProxy complains of until it accepts the rest. Where it names no service, halves find it. */
export async function findRefused(services: readonly Service[], look: Look): Promise<ScratchCheck> {
  const refused = new Map<Service, string>();
  const unchecked = new Map<Service, string>();
  let rest = services;
  while (true) {
    const looked = await look(rest);
    if (looked.valid) return { refused, unchecked };
    // Of these services it says nothing, and it would say as little of a part of them.
    if (looked.endless) return { refused, unchecked, failure: firstAlert(looked.messages) };
    if (rest === services) {
      const shared = rest.length === 0 ? looked : await look([]);
      if (!shared.valid) return { refused, unchecked, failure: firstAlert(shared.messages) };
    }
    let blamed = blame(looked.messages, looked.configuration, rest);
    if (blamed.size === 0) blamed = await divide(rest, looked, look);
    for (const [service, said] of blamed) (isFileFault(said) ? unchecked : refused).set(service, said);
    rest = rest.filter((service) => !blamed.has(service));
  }
}

/** The services that are refused alone; all of them where HAProxy accepts each half. */
async function divide(
  services: readonly Service[],
  { messages }: Looked,
  look: Look,
): Promise<Map<Service, string>> {
  const all = () => new Map(services.map((service) => [service, firstAlert(messages)]));
  if (services.length === 1) return all();
  const middle = services.length >>> 1;
  const found = new Map<Service, string>();
  for (const half of [services.slice(0, middle), services.slice(middle)]) {
    const looked = await look(half);
    if (looked.valid) continue;
    for (const [service, said] of await divide(half, looked, look)) found.set(service, said);
  }
  return found.size > 0 ? found : all();
}

function firstAlert(messages: readonly CheckMessage[]): string {
  return messages.find(({ severity }) => severity === "alert")?.message ?? "it does not say why";
}
