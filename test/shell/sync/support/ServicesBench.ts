import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyCluster } from "../../../../lib/core/marathon/cluster.ts";
import { backendName, type Service } from "../../../../lib/core/model/service.ts";
import type { Moves } from "../../../../lib/core/model/moveTasks.ts";
import type { Problem } from "../../../../lib/core/problem.ts";
import { assembled, type Chunk, type Configuration } from "../../../../lib/core/render/configuration.ts";
import { ConfigurationStore } from "../../../../lib/shell/sync/store.ts";
import type { RuntimeOutcome } from "../../../../lib/shell/haproxy/runtime.ts";
import type { Haste, Validation } from "../../../../lib/shell/haproxy/binary.ts";
import type { Generation } from "../../../../lib/shell/sync/generator.ts";
import { Synchroniser, type SyncResult } from "../../../../lib/shell/sync/synchroniser.ts";
import { Ledger, type Reload } from "../../../../lib/shell/sync/applier.ts";
import type { SyncReport } from "../../../../lib/core/status/observer.ts";
import { FakeClock } from "../../../support/FakeClock.ts";
import { RecordingLogger } from "../../../support/RecordingLogger.ts";

/** Tells of every call that reads or writes the files. */
class WatchedStore extends ConfigurationStore {
  readonly calls: string[] = [];
  override read() {
    this.calls.push("read");
    return super.read();
  }
  override stage(...files: Parameters<ConfigurationStore["stage"]>) {
    this.calls.push("stage");
    return super.stage(...files);
  }
  override commit(...files: Parameters<ConfigurationStore["commit"]>) {
    this.calls.push("commit");
    return super.commit(...files);
  }
  override restore(...files: Parameters<ConfigurationStore["restore"]>) {
    this.calls.push("restore");
    return super.restore(...files);
  }
  override publish() {
    this.calls.push("publish");
    return super.publish();
  }
}

/**
 * A synchroniser of a few services, for a HAProxy that takes runtime commands. A configuration of it has, beside a part that
 * all share, one line for each service that says what its label `BALANCE` does (`/web says x`) and one backend with its
 * servers. A service that says `broken` cannot be rendered.
 */
export class ServicesBench {
  /** What is there to be served. */
  services: readonly Service[] = [];
  /** What the generator says of a change of tasks. */
  moved: Generation["moved"];
  /** Why HAProxy refuses a line; undefined when it does not. */
  refuse: (line: string, text: string) => string | undefined = () => undefined;
  /** Whether a check of this text does not end within its time. */
  endless: (text: string) => boolean = () => false;
  /** Whether a check of this text goes on until it is given up. */
  lasts: (text: string) => boolean = () => false;
  reload: Reload = () => Promise.resolve({ ok: true });
  update: () => RuntimeOutcome = () => ({ ok: true, commands: 1 });
  /** What happened, in order: whose configurations were looked at, loads, commands, and what was rendered. */
  readonly steps: string[] = [];
  /** How long the checks might have taken. */
  readonly hastes: Haste[] = [];
  readonly told = { synchronised: [] as SyncReport[], fellBack: [] as string[] };
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly store: WatchedStore;
  readonly #signal = new AbortController().signal;
  readonly #ledger: Ledger;
  readonly #synchroniser: Synchroniser;

  constructor(readonly directory: string) {
    const configFile = join(directory, "haproxy.cfg");
    this.store = new WatchedStore({ configFile, archiveVersions: 0, haproxyMap: false });
    this.#ledger = new Ledger({ store: this.store, clock: this.clock, again: () => {} });
    this.#synchroniser = new Synchroniser({
      ledger: this.#ledger,
      fetchApps: () =>
        Promise.resolve({ cluster: emptyCluster, changes: [], from: emptyCluster, partial: false }),
      generator: {
        generate: () =>
          Promise.resolve({ services: this.services, problems: [], apps: 1, moved: this.moved }),
        render: (services) => this.#render(services),
        move: (configuration, _from, _to, moves) => this.#move(configuration, moves),
        served: () => {},
      },
      store: this.store,
      validate: async (file, signal, haste) => this.#validate(await readFile(file, "utf8"), signal, haste),
      cleanUp: true,
      reload: async (signal) => {
        this.steps.push(`load ${contentOf(await readFile(configFile, "utf8"))}`);
        return await this.reload(signal);
      },
      runtime: {
        abilities: { dynamicCookies: false, haproxyDir: directory },
        update: ({ changes }) => {
          const names = changes.map(({ kind, backend, server }) => `${kind} ${backend}/${server.name}`);
          this.steps.push(`command ${names}`);
          return Promise.resolve(this.update());
        },
      },
      massRemovalDelay: 10_000,
      clock: this.clock,
      logger: this.logger,
      observer: {
        synchronised: (report) => void this.told.synchronised.push(report),
        fellBack: (why) => void this.told.fellBack.push(why),
        failed: () => {},
        reloaded: () => {},
        runtimeUpdated: () => {},
      },
    });
  }

  synchronise(): Promise<SyncResult> {
    return this.#synchroniser.synchronise({ reasons: ["a test"] }, this.#signal);
  }

  /** Has services judged that were set aside, until more can be served or all are judged. */
  judge(signal = this.#signal): Promise<void> {
    return this.#synchroniser.judge(signal);
  }

  /** Lets services that HAProxy refuses be tried again. */
  forgive(): void {
    this.#synchroniser.forgive();
  }

  /** Resolves when the files say what HAProxy runs. */
  settle(): Promise<void> {
    return this.#ledger.settle();
  }

  /** Serves these, as the beginning of a test. */
  async begin(...services: Service[]): Promise<void> {
    this.services = services;
    await this.synchronise();
    this.takeSteps();
    this.takeLines();
    this.store.calls.length = 0;
  }

  /** What the file serves: the lines of the services. */
  async onDisk(): Promise<string> {
    return contentOf(await readFile(this.store.configFile, "utf8"));
  }

  takeSteps(): string[] {
    return this.steps.splice(0);
  }
  takeLines(): string[] {
    return this.logger.lines.splice(0);
  }

  #render(all: readonly Service[]): Configuration {
    const services = all.filter((service) => !isBroken(service));
    const problems = all.filter(isBroken).map(({ appId: app, index }): Problem => ({
      code: "template-fails",
      severity: "excluded",
      app,
      index,
      message: `${app}: its template is broken`,
    }));
    const rules = services.map((service): Chunk => ({
      text: `  ${service.appId} says ${service.labels.BALANCE ?? "nothing"}\n`,
      service,
    }));
    const chunks = [{ text: "global\n" }, ...rules, ...services.map(renderBackend)];
    return assembled({ chunks, maps: { "domain2backend.map": "", "app2backend.map": "" }, problems });
  }

  #move(configuration: Configuration, moves: Moves): Configuration {
    this.steps.push(`move ${[...moves.values()].map(({ appId }) => appId)}`);
    const chunks = configuration.chunks.map((chunk): Chunk => {
      const service = chunk.service && moves.get(chunk.service);
      if (!service) return chunk;
      return chunk.backend ? renderBackend(service) : { ...chunk, service };
    });
    return assembled({ ...configuration, chunks });
  }

  async #validate(text: string, signal: AbortSignal, haste: Haste = "full"): Promise<Validation> {
    this.steps.push(`check ${contentOf(text)}`);
    this.hastes.push(haste);
    if (this.lasts(text)) await this.clock.sleep(3_600_000, signal);
    if (this.endless(text)) {
      const message = "haproxy -c did not end";
      return { valid: false, messages: [{ severity: "alert", message }], stage: "parse", endless: true };
    }
    const messages = text.split("\n").flatMap((line, index) => {
      const message = this.refuse(line, text);
      return message === undefined ? [] : [{ severity: "alert" as const, line: index + 1, message }];
    });
    return { valid: messages.length === 0, messages, stage: "start" };
  }
}

function isBroken({ labels }: Service): boolean {
  return labels.BALANCE === "broken";
}

function renderBackend(service: Service): Chunk {
  const lines = service.backends.map(({ ip, port }) => `  server s${port} ${ip}:${port}\n`);
  return { text: `\nbackend ${backendName(service)}\n${lines.join("")}`, service, backend: true };
}

/** The lines of the services in a configuration, in short: `/a: x, /b: nothing`. */
function contentOf(text: string): string {
  return [...text.matchAll(/^ {2}(\S+) says (.*)$/gm)].map(([, app, word]) => `${app}: ${word}`).join(", ");
}
