import * as esbuild from "esbuild";
import { fileURLToPath } from "node:url";
import type { Metafile } from "./bundle.ts";
import { bundledFiles } from "./bundle.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Where the page is in the repository, for the program to read as text. */
export const pageFile = "page/page.html";

/**
 * The page as one HTML text with script and style inside; the same sources make the same text. Resolves with the files that
 * something in it comes from, relative to the repository.
 */
export async function makePage(): Promise<{ html: string; files: readonly string[] }> {
  const common: esbuild.BuildOptions = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    write: false,
    charset: "utf8",
    legalComments: "none",
    target: ["chrome109", "firefox115", "safari16"],
    nodePaths: [`${root}node_modules`],
  };
  const script = await esbuild.build({
    ...common,
    entryPoints: ["page/main.tsx"],
    format: "iife",
    jsx: "automatic",
    jsxImportSource: "preact",
    outfile: "page.js",
    metafile: true,
  });
  const style = await esbuild.build({ ...common, entryPoints: ["page/style.css"], outfile: "page.css" });
  // Its process would keep ours alive.
  await esbuild.stop();
  // A text in the script that ends it would let the rest be markup.
  const js = script.outputFiles![0]!.text.trimEnd().replaceAll(/<\/(script)/gi, "<\\/$1");
  const css = style.outputFiles![0]!.text.trimEnd();
  const html = [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    "<title>marathon-lb</title>",
    '<link rel="icon" href="data:,">',
    `<style>${css}</style>`,
    "</head>",
    "<body>",
    '<div id="page"></div>',
    "<noscript>This page needs JavaScript; the same is at /_mlb/api/summary as JSON.</noscript>",
    `<script>${js}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
  return { html, files: bundledFiles(script.metafile as Metafile) };
}
