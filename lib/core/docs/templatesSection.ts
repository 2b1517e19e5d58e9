import { type TemplateRow, templateTable } from "../templates/templateTable.ts";
import { anchor } from "./markdown/anchor.ts";
import { bulletList } from "./markdown/bulletList.ts";
import { codeBlock } from "./markdown/codeBlock.ts";
import { wrapText } from "./markdown/wrapText.ts";
import { overridableByLabel } from "../templates/overridableByLabel.ts";
import { templateHeading, templateSection } from "./templateSection.ts";

const rows: readonly TemplateRow[] = templateTable;

/** How templates are replaced and written, and every template. */
export function templatesSection(): string[] {
  const ofServices = rows.filter(overridableByLabel);
  const global = rows.filter((row) => !overridableByLabel(row));
  return [
    "## Templates",
    wrapText(
      "The configuration is put together from templates. Each can be replaced, for all apps or for one service port.",
    ),
    "### Order of overrides",
    wrapText("The first of these that is there is used:"),
    bulletList([
      "The label `HAPROXY_{n}_<NAME>` of an app, for its service port `{n}`; only [templates of service " +
      "ports](#templates-of-service-ports) have it, and only those that `--allow-template-labels` allows. An empty label makes the template empty.",
      "The environment variable `HAPROXY_<NAME>`, in which `\\n` stands for a line break. An empty one counts as absent.",
      "In the supervised modes, a file in `$MESOS_SANDBOX/templates`.",
      "A file in `--templates-dir`, which in the supervised modes is sought in `--work-dir`.",
      "The default.",
    ]),
    wrapText(
      "A file is named `HAPROXY_<NAME>.hbs` when it is in Handlebars, and `HAPROXY_<NAME>` when it is in the placeholder " +
        "syntax. Where both are in one directory, the one in Handlebars is used.",
    ),
    wrapText(
      "A label that cannot be used as a template leaves out its own service port. An environment variable or a file " +
        "with an error in its syntax stops the program at its start. The message names the override and the values it may " +
        "use.",
    ),
    wrapText(
      "Directives that HAProxy has removed since the days of the Python Marathon-LB (`rspadd`, `reqirep`, `block` and the like) " +
        "are replaced in overrides where another one does exactly the same, with a warning that quotes both. Where none does, " +
        "the message says what to write instead: a label leaves out its own service port, an override of the operator stops " +
        "the program at its start.",
    ),
    "### Two syntaxes",
    wrapText(
      "Labels, environment variables and files without `.hbs` are in the _placeholder_ syntax. `{name}` is a value, " +
        "`{name[entry]}` an entry of one. Literal braces are doubled. Here `backend` is a value and the condition is HAProxy's:",
    ),
    codeBlock("text", "use_backend {backend} if {{ path_beg /static }}"),
    wrapText(
      "The defaults and files with `.hbs` are in [Handlebars](https://handlebarsjs.com/guide/). `{{name}}` is a value, single " +
        "braces are literal. `{{#if name}}…{{/if}}` and `{{#each name}}…{{/each}}` work too. Nothing is escaped for HTML:",
    ),
    codeBlock("handlebars", "use_backend {{backend}} if { path_beg /static }"),
    bulletList([
      "A template may use only the values that are listed with it. Any other name is an error.",
      "_Raw_ templates have no values in the placeholder syntax: single braces are literal there, and are not doubled. In " +
      "Handlebars they have the values that are listed.",
      "A line break at the end is added where it is missing. CRLF in labels becomes LF.",
      "Defaults are shown here without the indentation that all their lines share, and without an empty line before them. " +
      "The example labels have the whole text.",
    ]),
    "### All templates",
    bulletList(rows.map((row) => {
      const heading = templateHeading(row);
      return `[${heading}](#${anchor(heading)}): ${row.description}`;
    })),
    "### Global templates",
    ...global.flatMap(templateSection),
    "### Templates of service ports",
    ...ofServices.flatMap(templateSection),
  ];
}
