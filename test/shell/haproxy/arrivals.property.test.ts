import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import fc from "fast-check";
import { socketCommand } from "../../../lib/core/haproxy/socketCommand.ts";
import { hasTrait } from "../../../lib/core/haproxy/versions.ts";
import type { Service } from "../../../lib/core/model/service.ts";
import type { Configuration } from "../../../lib/core/render/configuration.ts";
import { renderConfiguration } from "../../../lib/core/render/renderConfiguration.ts";
import { selfSignedCertificate } from "../../../lib/shell/certificates/prepare.ts";
import { findHaproxy } from "../../../lib/shell/haproxy/binary.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import { freePorts } from "../../../tools/harness/freePort.ts";
import { appHistories, AppHistory, apps } from "../../core/plan/support/appHistories.ts";
import { renderContext } from "../../core/render/support/renderContext.ts";
import { RuntimeBench } from "./support/RuntimeBench.ts";
import { limit, type TestBench } from "./support/TestBench.ts";

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

/**
 * What renders for the HAProxy of a bench, at addresses of its own.
 *
 * @param ports of the services: two HAProxies may share them
 */
async function rendererOf(
  bench: TestBench,
  ports: readonly number[],
): Promise<(history: AppHistory) => Configuration> {
  const { version } = await findHaproxy(bench.haproxy, { env: {}, signal: limit() });
  const [http, https, appid, admin] = await freePorts(4);
  const at = (port: number | undefined) => `127.0.0.1:${port}`;
  await writeFile(bench.path("cert.pem"), await selfSignedCertificate("localhost", systemClock));
  const { head, ...rest } = renderContext();
  const context = {
    ...rest,
    haproxyDir: bench.directory,
    haproxyMap: true,
    dynamicBackends: hasTrait(version, "dynamicBackends"),
    automaticSni: hasTrait(version, "automaticSni"),
    frontendSuffix: "_in" as const,
    sslCerts: [bench.path("cert.pem")],
    head: {
      ...head,
      runDir: bench.directory,
      logToSyslog: false,
      maxconn: 2_000,
      ...{ httpBind: at(http), httpsBind: at(https), appidBind: at(appid), adminBind: at(admin) },
    },
  };
  const services = (history: AppHistory): Service[] => history.services(ports);
  return (history) => renderConfiguration(services(history), context);
}

/** What HAProxy has of a configuration: servers with their states, maps, and which backends are published. */
async function stateOf(bench: RuntimeBench, { chunks, maps }: Configuration): Promise<unknown> {
  const names = chunks.flatMap(({ backend, text }) => backend ? /^backend (\S+)/m.exec(text)![1]! : []);
  const columns = ["srv_id", "srv_addr", "srv_port", "srv_uweight", "srv_iweight", "srv_admin_state"];
  const servers: Record<string, unknown> = {};
  for (const name of names) {
    const states = await bench.states(name, ...columns);
    const lines = chunks.find(({ backend, text }) => backend && text.includes(`\nbackend ${name}`))!.text;
    servers[name] = [...lines.matchAll(/ server (\S+)/g)].map(([, server]) => {
      const state = states[server!];
      assert.ok(state, `${name}/${server}`);
      return [server, ...state.slice(0, -1), Number(state.at(-1)) & 1];
    }).sort();
  }
  const files = Object.keys(maps);
  const answers = await bench.ask(...files.map((file) => socketCommand`show map ${bench.bench.path(file)}`));
  const entries = answers.map((answer) =>
    answer.split("\n").map((line) => line.replace(/^0x\S+ /, "")).sort()
  );
  const [stats] = await bench.ask(socketCommand`show stat -1 2 -1`);
  const unpublished = stats!.split("\n").filter((line) => /UNPUB/.test(line)).map((line) =>
    line.split(",")[0]!
  );
  return { servers, entries, unpublished: unpublished.filter((name) => names.includes(name)) };
}

Deno.test(`property: after apps come and go HAProxy is as one that was started with the last file (SEED=${seed})`, async () => {
  let [arrivals, departures, reloads, deleted] = [0, 0, 0, 0];
  let addsBackends = false;
  await fc.assert(
    fc.asyncProperty(appHistories, async (history) => {
      const state = new AppHistory();
      const ports = await freePorts(apps);
      let render: ((history: AppHistory) => Configuration) | undefined;
      const files = async (bench: TestBench) => (render ??= await rendererOf(bench, ports))(state);
      await RuntimeBench.useFiles(files, async (bench) => {
        addsBackends = bench.runtime.abilities.addsBackends ?? false;
        for (const [step, changes] of history.entries()) {
          state.step(changes);
          const next = render!(state);
          const plan = bench.planFor(next, step % 7 === 6);
          if (plan.kind === "runtime") {
            arrivals += plan.arrivals.length;
            departures += plan.departures.length;
            const outcome = await bench.runtime.update(plan, limit());
            assert.ok(outcome.ok, `step ${step}: ${JSON.stringify(outcome)}`);
            await bench.took(next, plan);
            if (step % 2 === 0) deleted += (await bench.deleteRemoved()).length;
          } else if (plan.kind === "reload") {
            reloads++;
            await bench.reloadTo(next);
          }
          if (step % 6 !== 5) continue;
          const running = await stateOf(bench, next);
          let fresh: typeof render;
          await RuntimeBench.useFiles(
            async (other) => (fresh = await rendererOf(other, ports))(state),
            async (other) => {
              assert.deepEqual(running, await stateOf(other, fresh!(state)), `after step ${step}`);
            },
          );
        }
      });
    }),
    { numRuns: 3, seed, endOnFailure: true },
  );
  console.log(
    `${arrivals} backends came and ${departures} went by commands, ${reloads} reloads, ${deleted} deletions`,
  );
  if (addsBackends) assert.ok(arrivals > 0 && departures > 0 && deleted > 0, "nothing came and went");
  else assert.deepEqual([arrivals, departures], [0, 0]);
});
