import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import { limit } from "./support/TestBench.ts";
import { type Backends, RuntimeBench } from "./support/RuntimeBench.ts";

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

const heads = [
  "  balance roundrobin\n",
  "  balance leastconn\n",
  "  balance first\n",
  "  balance source\n",
  "  balance uri\n  hash-type consistent\n",
  "  option httpchk GET /health\n",
];
const options = [
  "",
  "weight 7",
  "check inter 600s",
  "check inter 600s fall 2 port 81",
  "backup",
  "weight 0 check inter 600s maxconn 5",
];
const servers = 6;

/** A server of a backend that comes or goes, drains or stops to, or gets other options at its next coming. */
const change = fc.record({
  backend: fc.nat({ max: heads.length - 1 }),
  server: fc.nat({ max: servers - 1 }),
  kind: fc.constantFrom("come or go", "come or go", "drain", "drain", "options"),
  option: fc.nat({ max: options.length - 1 }),
});
const histories = fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), {
  minLength: 40,
  maxLength: 40,
});

interface ServerChoice {
  present: boolean;
  disabled: boolean;
  option: number;
}

function linesOf(choices: readonly ServerChoice[], backend: number): string {
  const lines = choices.map(({ present, disabled, option }, rank) =>
    present
      ? `  server s${rank} 127.0.${backend}.${rank + 1}:8${rank} id ${rank + 10} ${options[option]}${
        disabled ? " disabled" : ""
      }\n`
      : ""
  );
  return heads[backend]! + lines.join("");
}

/** What the file decides of the servers of each backend, as the worker tells it. */
async function statesOf(bench: RuntimeBench, backends: Backends) {
  const columns = [
    "srv_id",
    "srv_addr",
    "srv_port",
    "srv_uweight",
    "srv_iweight",
    "srv_check_port",
    "srv_use_ssl",
    "srv_admin_state",
    "srv_check_state",
    "srv_agent_state",
  ];
  const configured = 2 | 4;
  const all: Record<string, unknown> = {};
  for (const [backend, lines] of Object.entries(backends)) {
    const names = [...lines.matchAll(/ server (\S+)/g)].map(([, name]) => name!).sort();
    const states = await bench.states(backend, ...columns);
    all[backend] = names.map((name) => {
      const [admin, check, agent] = states[name]!.slice(-3).map(Number);
      return [name, ...states[name]!.slice(0, -3), admin! & 1, check! & configured, agent! & configured];
    });
  }
  return all;
}

Deno.test(`property: after any changes by commands HAProxy is as one that was started with the last file (SEED=${seed})`, async () => {
  let [commands, reloads, deleted] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const choices = heads.map(() =>
        Array.from({ length: servers }, (_, rank): ServerChoice => ({
          present: rank < 3,
          disabled: rank === 2,
          option: rank % options.length,
        }))
      );
      const backends = () =>
        Object.fromEntries(choices.map((some, backend) => [`app${backend}`, linesOf(some, backend)]));
      await RuntimeBench.use(backends(), async (bench) => {
        for (const [step, changes] of history.entries()) {
          for (const { backend, server, kind, option } of changes) {
            const one = choices[backend]![server]!;
            if (kind === "come or go") one.present = !one.present;
            else if (kind === "drain") one.disabled = !one.disabled;
            else if (!one.present) one.option = option;
          }
          const { plan, next } = bench.plan(backends());
          if (plan.kind === "runtime") {
            commands++;
            const outcome = await bench.runtime.update(plan, limit());
            assert.ok(outcome.ok, `step ${step}: ${JSON.stringify(outcome)}`);
            await bench.took(next, plan);
            deleted += (await bench.deleteRemoved()).length;
          } else if (plan.kind === "reload") {
            reloads++;
            await bench.reload(backends());
          }
          if (step % 10 !== 9) continue;
          const running = await statesOf(bench, backends());
          await RuntimeBench.use(backends(), async (fresh) => {
            assert.deepEqual(running, await statesOf(fresh, backends()), `after step ${step}`);
          });
        }
      });
    }),
    { numRuns: 3, seed, endOnFailure: true },
  );
  console.log(`${commands} changes by commands, ${reloads} by reloads, ${deleted} servers deleted`);
  assert.ok(commands > reloads / 4, "hardly anything was done by commands");
});
