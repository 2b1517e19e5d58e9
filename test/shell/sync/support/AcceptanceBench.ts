import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { RefusedServices } from "../../../../lib/core/admission/refused.ts";
import { Suspects } from "../../../../lib/core/admission/suspects.ts";
import type { Service } from "../../../../lib/core/model/service.ts";
import type { Configuration } from "../../../../lib/core/render/configuration.ts";
import { renderConfiguration } from "../../../../lib/core/render/renderConfiguration.ts";
import { TemplateSet } from "../../../../lib/core/templates/templateSet.ts";
import { findHaproxy, validateConfiguration, type Validation } from "../../../../lib/shell/haproxy/binary.ts";
import { Judge } from "../../../../lib/shell/sync/judge.ts";
import { type Accepted, findAccepted } from "../../../../lib/shell/sync/admission.ts";
import { renderContext } from "../../../core/render/support/renderContext.ts";

/** What HAProxy accepts, found with a real one; counts how often it was asked. Labels may write any section. */
export class AcceptanceBench {
  runs = 0;
  cleanUp = true;
  readonly refused = new RefusedServices();
  readonly suspects = new Suspects(this.refused);
  readonly #judge: Judge;
  readonly #context;
  readonly #haproxy = findHaproxy(undefined, { env: process.env, signal: AbortSignal.timeout(60_000) });

  constructor(readonly directory: string, templates = new TemplateSet(undefined, { trustLabels: true })) {
    // No HTTPS, which would need a certificate: the HTTP frontend is shared enough.
    const check = (configuration: Configuration) => this.#check(configuration);
    this.#judge = new Judge({ render: this.render, refused: this.refused, suspects: this.suspects, check });
    this.#context = renderContext({ haproxyDir: directory, bindHttpHttps: true, templates });
  }

  render = (services: readonly Service[]): Configuration => {
    const { chunks, maps, problems } = renderConfiguration(services, this.#context);
    const kept = chunks.filter(({ text }) => !text.includes("marathon_https_in"));
    return { text: kept.map(({ text }) => text).join(""), chunks: kept, maps, problems };
  };

  /** As a synchronisation does it. */
  find(services: readonly Service[], extent: "new services" | "all" = "all"): Promise<Accepted> {
    this.refused.retain(services);
    this.#judge.follow(services);
    const { render, refused, suspects, cleanUp } = this;
    const options = { render, refused, suspects, cleanUp, check: (some: Configuration) => this.#check(some) };
    return findAccepted(services, options, undefined, extent);
  }

  /** Has all services judged that were set aside. */
  async judge(): Promise<void> {
    while (!this.suspects.isEmpty) await this.#judge.judge(AbortSignal.timeout(60_000));
  }

  async #check({ text }: Configuration): Promise<Validation> {
    this.runs++;
    const file = join(this.directory, "haproxy.cfg");
    await writeFile(file, text);
    const { path } = await this.#haproxy;
    return await validateConfiguration(path, file, { env: {}, signal: AbortSignal.timeout(60_000) });
  }
}
