import assert from "node:assert/strict";
import { longhelp } from "../../../lib/core/docs/reference.ts";
import { overridableByLabel, TemplateSet } from "../../../lib/core/templates/templateSet.ts";
import { type LabelRow, labelTable } from "../../../lib/core/labels/labelTable.ts";
import { readServiceLabels } from "../../../lib/core/labels/readLabels.ts";
import {
  type TemplateName,
  type TemplateRow,
  templateTable,
} from "../../../lib/core/templates/templateTable.ts";
import { appOf } from "../model/support/appOf.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { marathonTask } from "../model/support/marathonTask.ts";
import { serviceOf } from "../model/support/serviceOf.ts";
import { generate } from "../render/support/generate.ts";
import { exampleLabels } from "./support/exampleLabels.ts";
import { jsonBlocks } from "./support/jsonBlocks.ts";

const labels: readonly LabelRow[] = labelTable;
const examples = exampleLabels();
const ports = {
  portDefinitions: [{ port: 10000 }, { port: 10001 }],
  tasks: [marathonTask({ ports: [31000, 31001] })],
};

Deno.test("the example app of the documentation is served as the text says", () => {
  const [app] = jsonBlocks(longhelp()).filter((block) => block.id !== undefined);
  const { text, problems } = generate({ apps: [marathonApp({ ...ports, ...app })] }, {
    groups: ["external"],
  });
  assert.deepEqual(problems, []);
  assert.match(text, /host_only -i shop\.example\.com\n/);
  assert.match(text, /bind \*:10000\n/);
  assert.doesNotMatch(text, /10001/);
});

/** What has to stand beside the example of a label. */
const beside: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AUTH: { HAPROXY_0_AUTH_EVERYWHERE: "true", HAPROXY_0_MODE: "http" },
  AUTH_EVERYWHERE: {
    HAPROXY_0_AUTH: labels.find(({ name }) => name === "AUTH")!.example,
    HAPROXY_0_MODE: "http",
  },
  SNI_PASSTHROUGH: { HAPROXY_0_VHOST: "bank.example.com" },
  TRAFFIC_SHARE: { HAPROXY_0_VHOST: "shop.example.com" },
  TRAFFIC_SHARE_STICKY: { HAPROXY_0_VHOST: "shop.example.com", HAPROXY_0_TRAFFIC_SHARE: "10" },
  BACKEND_PROTO: { HAPROXY_0_MODE: "http" },
  BACKEND_CA_FILE: { HAPROXY_0_BACKEND_TLS: "verify" },
  BACKEND_SNI: { HAPROXY_0_BACKEND_TLS: "true" },
};

for (const { name, example } of labels.filter(({ scope }) => scope === "service")) {
  Deno.test(`the example of HAPROXY_{n}_${name} is read without a problem`, () => {
    const given = { [`HAPROXY_0_${name}`]: example, ...beside[name] };
    const read: Readonly<Record<string, unknown>> = readServiceLabels(appOf({ labels: given }), 0);
    assert.notEqual(read[name], undefined);
    const { text, problems } = generate({ apps: [marathonApp({ ...ports, labels: given })] });
    // A share has no other side here.
    assert.deepEqual(problems.filter(({ code }) => code !== "share-alone"), []);
    assert.match(text, /\nbackend web_\d+\n/);
  });
}

Deno.test("the examples of the labels of an app make a blue/green deployment without a problem", () => {
  const given = Object.fromEntries(
    labels.filter(({ scope }) => scope === "app").map(({ name, example }) => [`HAPROXY_${name}`, example]),
  );
  const versionInfo = { lastScalingAt: "2026-03-01T09:30:00Z" };
  const earlier = { ...given, HAPROXY_DEPLOYMENT_STARTED_AT: "2026-02-01T09:30:00Z" };
  const apps = [
    marathonApp({ id: "/web-green", labels: given, versionInfo }),
    marathonApp({ id: "/web-blue", labels: earlier, versionInfo, tasks: [marathonTask({ ports: [31005] })] }),
  ];
  const { text, problems } = generate({ apps }, { groups: ["internal"] });
  assert.deepEqual(problems, []);
  assert.match(text, /\nbackend web_10001\n(?: .*\n)*? {2}server .*:31000 .*\n {2}server .*:31005 /);
});

interface Scenario {
  readonly labels: Readonly<Record<string, string>>;
  readonly check: "HTTP" | "TCP";
  readonly haproxyMap: boolean;
}

/** Services that between them use every template which an app may override. */
const scenarios: readonly Scenario[] = [true, false].flatMap((haproxyMap) =>
  ["shop.example.com", "shop.example.com,www.example.com"].flatMap((vhost) =>
    subsets(["PATH", "AUTH", "REDIRECT_TO_HTTPS"]).map((some): Scenario => ({
      haproxyMap,
      check: "HTTP",
      labels: {
        ...examplesOf([...some, "USE_HSTS", "STICKY", "BACKEND_NETWORK_ALLOWED_ACL"]),
        HAPROXY_0_VHOST: vhost,
      },
    }))
  )
).concat({ haproxyMap: false, check: "TCP", labels: examplesOf(["BACKEND_NETWORK_ALLOWED_ACL"]) });

function subsets(names: readonly string[]): string[][] {
  return names.reduce<string[][]>((all, name) => [...all, ...all.map((some) => [...some, name])], [[]]);
}

function examplesOf(names: readonly string[]): Record<string, string> {
  const wanted = labels.filter(({ name, scope }) => scope === "service" && names.includes(name));
  return Object.fromEntries(wanted.map(({ name, example }) => [`HAPROXY_0_${name}`, example]));
}

function render(scenario: Scenario, overrides: Readonly<Record<string, string>> = {}): string {
  const app = marathonApp({
    labels: { ...scenario.labels, ...overrides },
    healthChecks: [{ protocol: scenario.check, portIndex: 0, path: "/health" }],
  });
  const { text, problems } = generate({ apps: [app] }, {}, { haproxyMap: scenario.haproxyMap });
  assert.deepEqual(problems.filter(({ message }) => !/HAPROXY_0_AUTH guards/.test(message)), []);
  return text;
}

const overridable = (templateTable as readonly TemplateRow[]).filter((row) =>
  overridableByLabel(row) && examples.has(`HAPROXY_0_${row.name}`)
);
const marked = Object.fromEntries(
  overridable.map(({ name }) => [`HAPROXY_0_${name}`, `${examples.get(`HAPROXY_0_${name}`)} # ${name};`]),
);
const renderedMarked = scenarios.map((scenario) => ({ scenario, text: render(scenario, marked) }));

for (const { name, description, values } of overridable) {
  const label = `HAPROXY_0_${name}`;
  const override = { [label]: examples.get(label)! };
  const using = renderedMarked.filter(({ text }) => text.includes(`# ${name};`)).map(({ scenario }) =>
    scenario
  );

  if (description.includes("Rendered nowhere")) {
    Deno.test(`${label} of the documentation says what the default says, though nothing renders it`, () => {
      assert.deepEqual(using, []);
      const templates = new TemplateSet();
      const texts = Object.fromEntries(values.map((value) => [value, `<${value}>`]));
      const service = serviceOf({ templates: new Map([[name, examples.get(label)!]]) });
      assert.equal(
        templates.render(name as TemplateName, texts, service),
        templates.render(name as TemplateName, texts),
      );
    });
    continue;
  }

  Deno.test(`${label} of the documentation renders what the default renders`, () => {
    assert.ok(using.length > 0, "no scenario uses the template");
    for (const scenario of using) assert.equal(render(scenario, override), render(scenario));
  });
}
