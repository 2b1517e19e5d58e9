import type { TemplateSource } from "./TemplateSource.ts";
import { templateTable } from "./templateTable.ts";

/**
 * What replaces the defaults: an environment variable, else a file. Later directories win over earlier ones, and
 * a Handlebars file over one in the reference's syntax beside it.
 *
 * @param environment variables `HAPROXY_<NAME>`, in which `\n` stands for a line break; empty ones count as absent
 * @param files path to text of the files in the template directories, in the order of the directories
 */
export function findTemplateOverrides(
  environment: Readonly<Record<string, string | undefined>>,
  files: ReadonlyMap<string, string>,
): Map<string, TemplateSource> {
  const overrides = new Map<string, TemplateSource>();
  for (const { name } of templateTable) {
    const variable = `HAPROXY_${name}`;
    const text = environment[variable];
    const source = text
      ? { text: text.replaceAll("\\n", "\n"), syntax: "placeholders" as const, origin: `$${variable}` }
      : fileSource(variable, files);
    if (source) overrides.set(name, source);
  }
  return overrides;
}

function fileSource(variable: string, files: ReadonlyMap<string, string>): TemplateSource | undefined {
  let found: TemplateSource | undefined;
  let directory: string | undefined;
  for (const [path, text] of files) {
    const slash = path.lastIndexOf("/");
    const [folder, file] = [path.slice(0, slash), path.slice(slash + 1)];
    if (file === `${variable}.hbs`) found = { text, syntax: "handlebars", origin: path };
    else if (file === variable && !(folder === directory && found?.syntax === "handlebars")) {
      found = { text, syntax: "placeholders", origin: path };
    } else continue;
    directory = folder;
  }
  return found;
}
