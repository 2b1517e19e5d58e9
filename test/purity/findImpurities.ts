import * as esbuild from "esbuild";
import { dirname, join } from "node:path/posix";
import { forbiddenGlobals } from "./forbiddenGlobals.ts";
import { forbiddenImport } from "./forbiddenImport.ts";

/** In front of the name of every global that is looked at, in what esbuild writes. */
const mark = "IMPURE_";

/** Members of these are allowed, apart from those that ask the clock or chance. */
const partlyPure = {
  Date: /new IMPURE_Date\((?!\))|IMPURE_Date\.(?!now\b)\w+/g,
  Math: /IMPURE_Math\.(?!random\b)\w+/g,
};

/** What a module of the pure core does that it must not: one sentence each. */
export async function findImpurities(path: string, source: string): Promise<string[]> {
  const imports = new Map<string, string | undefined>();
  const result = await esbuild.build({
    stdin: { contents: withTypeImports(source), sourcefile: path, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    logLevel: "silent",
    // Imports that only types need are imports as well.
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    // Only the global of that name is replaced, not a variable or a member that is called the same.
    define: Object.fromEntries(
      [...forbiddenGlobals, ...Object.keys(partlyPure)].map((name) => [name, mark + name]),
    ),
    plugins: [{
      name: "record imports",
      setup(build) {
        build.onResolve({ filter: /.*/ }, ({ path, with: attributes }) => {
          imports.set(path, attributes.type);
          return { path, external: true };
        });
      },
    }],
  });
  for (const [, , specifier] of source.matchAll(/\bimport\(\s*(["'`])(.*?)\1/g)) {
    if (!imports.has(specifier!)) imports.set(specifier!, undefined);
  }

  const text = result.outputFiles[0]!.text;
  return [
    ...[...imports].filter(([specifier, type]) => forbiddenImport(located(path, specifier), type))
      .map(([specifier]) => `${path} imports ${specifier}`),
    ...(/\bimport\((?!\s*["'])/.test(text) ? [`${path} imports what it computes`] : []),
    ...foreignNames(text).map((name) => `${path} imports ${name} of node:crypto`),
    ...usedGlobals(text).map((name) => `${path} uses ${name}`),
  ];
}

/** A relative specifier as a path in the repository; others as they are. */
function located(path: string, specifier: string): string {
  return specifier.startsWith(".") ? join(dirname(path), specifier) : specifier;
}

/** The source with `import type` and `export type … from` as imports that stay. */
function withTypeImports(source: string): string {
  return source
    .replace(/\bimport type (?=[{*\w])/g, "import ")
    .replace(/\bexport type (?=[{*])/g, "export ");
}

/** Imports of `node:crypto` that are pure: all other names are keys and chance. */
const pureCrypto = ["{ createHash }", "{ hash }"];

/** What is imported of `node:crypto` beside {@link pureCrypto}. */
function foreignNames(text: string): string[] {
  return [...text.matchAll(/import\s*([^;]*?)\s*from\s*"node:crypto"/g)]
    .map((match) => match[1]!.replace(/\s+/g, " ")).filter((clause) => !pureCrypto.includes(clause));
}

function usedGlobals(text: string): string[] {
  const rest = Object.values(partlyPure).reduce((rest, pure) => rest.replace(pure, ""), text);
  return [...new Set([...rest.matchAll(new RegExp(`${mark}(\\w+)`, "g"))].map((match) => match[1]!))];
}
