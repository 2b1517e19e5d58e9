import assert from "node:assert/strict";
import type { App } from "../../../lib/core/marathon/app.ts";
import { buildServices } from "../../../lib/core/model/buildServices.ts";
import { moveTasks } from "../../../lib/core/model/moveTasks.ts";
import { moveBackends } from "../../../lib/core/render/moveBackends.ts";
import { renderConfiguration } from "../../../lib/core/render/renderConfiguration.ts";
import { TemplateSet } from "../../../lib/core/templates/templateSet.ts";
import { appOf } from "../model/support/appOf.ts";
import { marathonTask } from "../model/support/marathonTask.ts";
import { modelContext } from "../model/support/modelContext.ts";
import { renderContext } from "./support/renderContext.ts";

const other = appOf({
  id: "/other",
  portDefinitions: [{ port: 10_009 }],
  labels: { HAPROXY_0_VHOST: "o.test" },
});
const web = (host: string, labels: Record<string, string> = {}) =>
  appOf({ labels, tasks: [marathonTask({ host })] });

/** What a move makes of a configuration, and what rendering all of it anew does. */
function move(before: App, after: App, context = renderContext()) {
  const model = buildServices([other, before], modelContext());
  const configuration = renderConfiguration(model.services, context);
  const moved = moveTasks(model, [{ before, after }], modelContext());
  assert.equal(moved?.moves.size, 1);
  const result = moveBackends(configuration, moved.moves, context);
  return { configuration, result, whole: renderConfiguration(moved.model.services, context) };
}

const options = (text: string) => ({ HAPROXY_0_BACKEND_SERVER_OPTIONS: text });
const server = "  server {serverName} {host_ipv4}:{port}{otherOptions}\n";
const moves: [what: string, labels: Record<string, string>][] = [
  ["a plain service", {}],
  ["one with rules in shared frontends", { HAPROXY_0_VHOST: "a.test", HAPROXY_0_MODE: "http" }],
  ["one with a template", options(server)],
  ["one with a line that is written anew, whatever its tasks", {
    HAPROXY_0_MODE: "http",
    HAPROXY_0_BACKEND_HTTP_OPTIONS: "  rspadd X:\\ y\n",
  }],
];
const contexts = [["", {}], [" with bodies apart", { haproxyMap: true, dynamicBackends: true }]] as const;
for (
  const [[what, labels], [how, rendering]] of moves.flatMap((one) => contexts.map((to) => [one, to] as const))
) {
  Deno.test(`moveBackends: ${what}${how}`, () => {
    const [before, after] = [web("10.0.0.1", labels), web("10.0.0.2", labels)];
    const { configuration, result, whole } = move(before, after, renderContext(rendering));
    assert.ok(result);
    assert.equal(result.text, whole.text);
    assert.deepEqual(result.maps, whole.maps);
    assert.deepEqual(result.problems, whole.problems);
    assert.deepEqual(result.chunks.map(({ service }) => service), whole.chunks.map(({ service }) => service));
    // Nothing but what changed is another object.
    const changed = result.chunks.filter((chunk, index) => chunk !== configuration.chunks[index]);
    assert.ok(changed.every(({ service }) => service?.appId === "/web"));
  });
}

Deno.test("moveBackends: renders everything where a backend begins from another body", () => {
  const override = {
    text: "  http-request set-header X-Port {healthCheckPort}\n",
    syntax: "placeholders",
    origin: "x",
  } as const;
  const templates = new TemplateSet(new Map([["BACKEND_HTTP_HEALTHCHECK_OPTIONS", override]]));
  const context = renderContext({ haproxyMap: true, dynamicBackends: true, templates });
  const app = (port: number) =>
    appOf({
      labels: { HAPROXY_0_MODE: "http" },
      healthChecks: [{ protocol: "HTTP", portIndex: 0 }],
      tasks: [marathonTask({ host: "10.0.0.1", ports: [port] })],
    });
  const { result, whole } = move(app(31_001), app(31_002), context);
  assert.match(whole.text, /X-Port 31002/);
  assert.equal(result, undefined);
});

Deno.test("moveBackends: renders everything where a warning about a template's line names a task", () => {
  const labels = { HAPROXY_0_MODE: "http", ...options(`  rspadd H:\\ {host_ipv4}\n${server}`) };
  const { result, whole } = move(web("10.0.0.1", labels), web("10.0.0.2", labels));
  assert.equal(result, undefined);
  assert.match(whole.problems[0]!.message, /10\.0\.0\.2/);
});

Deno.test("moveBackends: renders everything for a service that was left out, or is now", () => {
  // No line of today's HAProxy says the same as one with this word, and one agent has it for its name.
  const labels = options(`  {host} x\n${server}`);
  const named = (host: string) => [web(host, labels)];
  const at = modelContext({ addresses: new Map([["appsession", "10.0.0.1"], ["option", "10.0.0.2"]]) });
  for (const [from, to] of [["option", "appsession"], ["appsession", "option"]]) {
    const [before, after] = [named(from!)[0]!, named(to!)[0]!];
    const model = buildServices([other, before], at);
    const configuration = renderConfiguration(model.services, renderContext());
    const moved = moveTasks(model, [{ before, after }], at);
    assert.equal(moved?.moves.size, 1);
    const excluded = (problems: readonly { severity: string }[]) =>
      problems.filter(({ severity }) => severity === "excluded").length;
    const whole = renderConfiguration(moved.model.services, renderContext());
    assert.equal(excluded(configuration.problems) + excluded(whole.problems), 1, "one of them is left out");
    assert.equal(moveBackends(configuration, moved.moves, renderContext()), undefined);
  }
});
