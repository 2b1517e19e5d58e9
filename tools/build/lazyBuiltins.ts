import type { Plugin } from "esbuild";

const namespace = "builtin";

/**
 * Has each `node:` module loaded when the first module that imports it is, and not all of them when the program starts:
 * esbuild puts imports of what it does not bundle at the top of the file, and loading HTTP and TLS takes longer than
 * `--version` does.
 */
export const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  setup(build) {
    build.onResolve(
      { filter: /^node:/ },
      ({ path, kind }) => kind === "require-call" ? { path, external: true } : { path, namespace },
    );
    build.onLoad(
      { filter: /^node:/, namespace },
      ({ path }) => ({ contents: `module.exports = require(${JSON.stringify(path)});` }),
    );
  },
};
