import { type LabelRow, labelTable } from "../labels/labelTable.ts";
import { exampleLabel } from "./exampleLabel.ts";
import { bulletList } from "./markdown/bulletList.ts";
import { codeBlock } from "./markdown/codeBlock.ts";
import { wrapText } from "./markdown/wrapText.ts";

const rows: readonly LabelRow[] = labelTable;

const exampleApp = `{
  "id": "/shop",
  "instances": 3,
  "labels": {
    "HAPROXY_GROUP": "external",
    "HAPROXY_0_VHOST": "shop.example.com",
    "HAPROXY_1_ENABLED": "false"
  },
  "portDefinitions": [{ "port": 10000 }, { "port": 10001 }]
}`;

/** Every label that is not a template override. */
export function labelsSection(): string[] {
  return [
    "## Labels",
    wrapText(
      "An app says in its labels how it is served. `{n}` in a label's name is the index of one of its service ports, " +
        "from 0: the first is configured by `HAPROXY_0_…`, the second by `HAPROXY_1_…`. The service ports of an app are, " +
        "in their order, the `servicePort`s of its port mappings in the networks `container` and `container/bridge`, " +
        "else its `portDefinitions`, else its `ports`, else ports from `--min-serv-port-ip-per-task` on.",
    ),
    wrapText(
      "This app is served at port 10000, and at the HTTP and HTTPS ports for its host name. Its second port is not served:",
    ),
    codeBlock("json", exampleApp),
    "### Values",
    bulletList([
      "All values are strings; white space around them does not count.",
      "A boolean is true as `true`, `t`, `yes` or `y`, in any case. Everything else is false, also `1`.",
      "In a comma list white space around entries does not count, and empty entries do not count.",
      "An empty value counts as absent, except that of a boolean, which is false, and that of a list of groups, which is " +
      "no group.",
      "Control characters, such as line breaks, are refused. Only the labels that replace [templates](#templates) may have them.",
      "A value that cannot be read leaves out its own service port, and nothing else. The log names app, label, value and " +
      "what was expected.",
    ]),
    "### Labels of an app",
    ...rows.filter(({ scope }) => scope === "app").flatMap(describeLabel),
    "### Labels of a service port",
    ...rows.filter(({ scope }) => scope === "service").flatMap(describeLabel),
  ];
}

function describeLabel({ name, scope, sets, rule, example }: LabelRow): string[] {
  const index = scope === "app" ? "" : "{n}_";
  return [
    `#### \`HAPROXY_${index}${name}\``,
    wrapText(`Sets ${sets}. Value: ${rule}.`),
    exampleLabel(`HAPROXY_${index.replace("{n}", "0")}${name}`, example),
  ];
}
