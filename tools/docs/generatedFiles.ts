import { apiPage } from "./apiPage.ts";
import { bashCompletion } from "./bashCompletion.ts";
import { compatibilityPage } from "./compatibilityPage.ts";
import { fishCompletion } from "./fishCompletion.ts";
import { manPage } from "./manPage.ts";
import { problemsPage } from "./problemsPage.ts";
import { zshCompletion } from "./zshCompletion.ts";

/** The files that are made from the tables of the program, by their path in the repository. */
export const generatedFiles: Readonly<Record<string, () => string>> = {
  "docs/api.md": apiPage,
  "docs/compatibility-table.md": compatibilityPage,
  "docs/marathon-lb.8": manPage,
  "docs/problems.md": problemsPage,
  "packaging/completions/marathon-lb.bash": bashCompletion,
  "packaging/completions/_marathon-lb": zshCompletion,
  "packaging/completions/marathon-lb.fish": fishCompletion,
};
