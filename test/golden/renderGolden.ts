import { readFile } from "node:fs/promises";
import type { ModelContext } from "../../lib/core/model/context.ts";
import type { HeadValues, RenderContext } from "../../lib/core/render/context.ts";
import { findTemplateOverrides, TemplateSet } from "../../lib/core/templates/templateSet.ts";
import { generate } from "../core/render/support/generate.ts";
import { renderContext } from "../core/render/support/renderContext.ts";

/** `NAME.settings.json`: what differs from the defaults of `modelContext` and `renderContext`. */
interface Settings {
  readonly model?: Partial<ModelContext>;
  readonly render?: Partial<RenderContext>;
  readonly head?: Partial<HeadValues>;
  /** Variables that override templates. */
  readonly environment?: Record<string, string>;
  readonly addresses?: Record<string, string>;
}

/**
 * The golden files, by what stands behind `NAME.` in their names, as the core makes them now.
 *
 * @param frontendSuffix for a HAProxy that wants frontends to be named apart from backends
 */
export async function renderGolden(
  directory: URL,
  name: string,
  frontendSuffix: RenderContext["frontendSuffix"] = "",
): Promise<Map<string, string>> {
  const read = async (file: string) =>
    JSON.parse(await readFile(new URL(`${name}.${file}`, directory), "utf8"));
  const answer: unknown = await read("apps.json");
  const settings: Settings = await read("settings.json");
  const { text, maps, problems } = generate(
    answer,
    { ...settings.model, addresses: new Map(Object.entries(settings.addresses ?? {})) },
    {
      frontendSuffix,
      ...settings.render,
      head: { ...renderContext().head, ...settings.head },
      templates: new TemplateSet(findTemplateOverrides(settings.environment ?? {}, new Map())),
    },
  );
  return new Map([
    ["haproxy.cfg", text],
    ...Object.entries(maps).filter(([file]) => settings.render?.haproxyMap || file === "share.map"),
    ["problems.txt", problems.map(({ severity, message }) => `${severity}: ${message}\n`).join("")],
  ]);
}
