import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { RefusedServices } from "../../../../lib/core/exclusion/RefusedServices.ts";
import type { Service } from "../../../../lib/core/model/Service.ts";
import type { Configuration } from "../../../../lib/core/render/Configuration.ts";
import { renderConfiguration } from "../../../../lib/core/render/renderConfiguration.ts";
import { TemplateSet } from "../../../../lib/core/templates/TemplateSet.ts";
import { findHaproxy } from "../../../../lib/shell/haproxy/findHaproxy.ts";
import { validateConfiguration } from "../../../../lib/shell/haproxy/validateConfiguration.ts";
import { type Accepted, findAccepted } from "../../../../lib/shell/sync/findAccepted.ts";
import { renderContext } from "../../../core/render/support/renderContext.ts";

/** What HAProxy accepts, found with a real one; counts how often it was asked. */
export class AcceptanceBench {
  runs = 0;
  cleanUp = true;
  readonly refused = new RefusedServices();
  readonly #context;
  readonly #haproxy = findHaproxy(undefined, { env: process.env, signal: AbortSignal.timeout(60_000) });

  constructor(readonly directory: string, templates = new TemplateSet()) {
    // No HTTPS, which would need a certificate: the HTTP frontend is shared enough.
    this.#context = renderContext({ haproxyDir: directory, bindHttpHttps: true, templates });
  }

  render = (services: readonly Service[]): Configuration => {
    const { chunks, maps, problems } = renderConfiguration(services, this.#context);
    const kept = chunks.filter(({ text }) => !text.includes("marathon_https_in"));
    return { text: kept.map(({ text }) => text).join(""), chunks: kept, maps, problems };
  };

  find(services: readonly Service[]): Promise<Accepted> {
    return findAccepted(services, {
      render: this.render,
      refused: this.refused,
      cleanUp: this.cleanUp,
      check: async ({ text }) => {
        this.runs++;
        const file = join(this.directory, "haproxy.cfg");
        await writeFile(file, text);
        const { path } = await this.#haproxy;
        return await validateConfiguration(path, file, { env: {}, signal: AbortSignal.timeout(60_000) });
      },
    });
  }
}
