import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { eventually } from "../../tools/harness/eventually.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import type { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import type { Bench, Run } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { feature } from "./support/feature.ts";
import { Traffic } from "./support/Traffic.ts";
import { Wrk } from "./support/Wrk.ts";

/** Tasks serve for so long after they were told to end. */
const timings = { stagingMs: 30, healthyMs: 30, killGraceMs: 500 };

/** A bench where four blue tasks serve, and what deploys further versions. */
interface World {
  readonly bench: Bench;
  readonly marathon: SimulatedMarathon;
  readonly app: Record<string, unknown>;
  /** Runs `deploy` to its end. */
  deploy(flags?: readonly string[], changes?: Record<string, unknown>): Promise<Run>;
  /** The words for `deploy`, with the file written. */
  words(flags?: readonly string[], changes?: Record<string, unknown>): Promise<string[]>;
}

const quick = ["--watch", "0.3", "--max-wait", "20"];

async function inWorld(bench: Bench, run: (world: World) => Promise<void>): Promise<void> {
  const marathon = await bench.startMarathon({ timings });
  await bench.serve();
  const [port, other] = await Promise.all([freePort(), freePort()]);
  const app = {
    id: "web",
    instances: 4,
    ports: [port],
    labels: {
      HAPROXY_GROUP: "external",
      HAPROXY_0_VHOST: "web.test",
      HAPROXY_DEPLOYMENT_GROUP: "web",
      HAPROXY_DEPLOYMENT_ALT_PORT: String(other),
    },
    healthChecks: [{ protocol: "HTTP", path: "/health", portIndex: 0, intervalSeconds: 1 }],
  };
  const words: World["words"] = async (flags = [], changes = {}) => {
    const file = bench.path("web.json");
    await writeFile(file, JSON.stringify({ ...app, ...changes }));
    const admin = `http://localhost:${bench.ports.admin}`;
    return ["deploy", file, "--marathon", bench.marathonUrl, "--marathon-lb", admin, ...quick, ...flags];
  };
  const deploy: World["deploy"] = async (flags, changes) => await bench.run(await words(flags, changes));
  const first = await deploy();
  assert.equal(first.code, 0, first.lines.join("\n"));
  assert.deepEqual(stepsOf(first), ["create /web-blue with 4 of 4 instances"]);
  await eventually(async () => assert.equal((await bench.get("web.test")).status, 200));
  await run({ bench, marathon, app, deploy, words });
}

/** Does it while clients ask, all of whose requests have to be answered; with `wrk`, as many as it can. */
async function underLoad(world: World, run: () => Promise<void>, { busy = false } = {}): Promise<void> {
  await using traffic = new Traffic(world.bench.http, "web.test");
  await using wrk = busy ? new Wrk(world.bench.http, "web.test") : undefined;
  await run();
  await world.marathon.settled();
  await traffic.untilAnsweredBy(world.marathon.tasks().map(({ id }) => String(id)));
  await wrk?.finish();
  await traffic[Symbol.asyncDispose]();
  assert.deepEqual(traffic.failures, []);
}

/** What a run has changed, line by line. */
function stepsOf({ output }: Pick<Run, "output">): string[] {
  return output.split("\n").map((line) => line.replace(/^ *\d+\.\d s {2}/, ""))
    .filter((line) => /^(?:create|scale|end|delete) /.test(line));
}

const counts = (marathon: SimulatedMarathon) =>
  Object.fromEntries(["/web-blue", "/web-green"].map((id) => [id, marathon.tasks(id).length]));

endToEnd(
  "deploy replaces blue by green, and green by blue in steps, without a failed request",
  async (bench) => {
    await inWorld(bench, async (world) => {
      const { marathon, deploy } = world;
      await underLoad(world, async () => {
        const green = await deploy();
        assert.equal(green.code, 0, green.output);
        assert.deepEqual(stepsOf(green), ["create /web-green with 4 of 4 instances", "delete /web-blue"]);
        assert.match(green.output, /done: \/web-green serves with 4 instances\n$/);
        await marathon.settled();
        assert.deepEqual(counts(marathon), { "/web-blue": 0, "/web-green": 4 });

        const blue = await deploy(["--steps", "10,50,100"]);
        assert.equal(blue.code, 0, blue.output);
        assert.deepEqual(stepsOf(blue), [
          "create /web-blue with 1 of 4 instances",
          "end 1 drained task of /web-green",
          "scale /web-blue from 1 to 2 of 4 instances",
          "end 1 drained task of /web-green",
          "scale /web-blue from 2 to 4 of 4 instances",
          "delete /web-green",
        ]);
        await marathon.settled();
        assert.deepEqual(counts(marathon), { "/web-blue": 4, "/web-green": 0 });
      });
    });
  },
);

/** A new version whose tasks answer everything but health checks with an error. */
const broken = { env: { SIM_STATUS: "500" } };
/** A new version whose tasks never become healthy. */
const ill = { env: { SIM_HEALTH: "false" } };

feature(
  "deploy: a share that stays is refused a second deployment, completed, and rolled back",
  async (bench) => {
    await inWorld(bench, async (world) => {
      const { marathon, deploy } = world;
      await underLoad(world, async () => {
        const half = await deploy(["--steps", "50"]);
        assert.equal(half.code, 0, half.output);
        assert.match(
          half.output,
          /done: \/web-green serves with 2 of 4 instances, \/web-blue with 2; end it with/,
        );
        await marathon.settled();
        assert.deepEqual(counts(marathon), { "/web-blue": 2, "/web-green": 2 });

        const second = await deploy();
        assert.deepEqual([second.code, stepsOf(second)], [1, []]);
        assert.match(second.lines.join("\n"), /deploy: refused: a deployment of the group web is under way/);

        const whole = await deploy(["--complete-now"]);
        assert.equal(whole.code, 0, whole.output);
        await marathon.settled();
        assert.deepEqual(counts(marathon), { "/web-blue": 0, "/web-green": 4 });

        assert.equal((await deploy(["--steps", "50"])).code, 0);
        const back = await deploy(["--rollback", "--json"]);
        assert.equal(back.code, 3, back.lines.join("\n"));
        const { outcome, said, actions } = JSON.parse(back.output);
        assert.deepEqual([outcome, said], ["rolledBack", "--rollback asks for it"]);
        assert.deepEqual(actions.map(({ action }: { action: string }) => action), [
          "scale /web-green from 2 to 4 of 4 instances",
          "delete /web-blue",
        ]);
        await marathon.settled();
        assert.deepEqual(counts(marathon), { "/web-blue": 0, "/web-green": 4 });
      });
    });
  },
);

feature(
  "deploy: a version that never becomes healthy is rolled back without a failed request",
  async (bench) => {
    await inWorld(bench, async (world) => {
      const { marathon, deploy } = world;
      await underLoad(world, async () => {
        const run = await deploy(["--max-wait", "1.5"], ill);
        assert.equal(run.code, 3, run.output);
        assert.match(
          run.output,
          /rolled back: no progress in 1\.5 s: 0 of 4 tasks of \/web-green are healthy and ready/,
        );
        await marathon.settled();
        assert.deepEqual(counts(marathon), { "/web-blue": 4, "/web-green": 0 });
      });
    });
  },
);

feature("deploy: a version whose requests fail is rolled back while it is watched", async (bench) => {
  await inWorld(bench, async ({ marathon, deploy }) => {
    await using traffic = new Traffic(bench.http, "web.test");
    const run = await deploy(["--steps", "25,100", "--watch", "20"], broken);
    assert.equal(run.code, 3, run.output);
    assert.match(run.output, /rolled back: \d+ of \d+ requests to \/web-green failed while it was watched/);
    assert.deepEqual(stepsOf(run), [
      "create /web-green with 1 of 4 instances",
      "scale /web-blue from 4 to 5 and back, so that it gets the traffic",
      "delete /web-green",
    ]);
    await marathon.settled();
    assert.deepEqual(counts(marathon), { "/web-blue": 4, "/web-green": 0 });
    await traffic.untilAnsweredBy(marathon.tasks().map(({ id }) => String(id)));
    await traffic[Symbol.asyncDispose]();
    // The answers of the broken version, and nothing else.
    assert.deepEqual([...new Set(traffic.failures)], ["status 500"]);
  });
});

feature("deploy: a task that fails while it is watched is rolled back", async (bench) => {
  await inWorld(bench, async (world) => {
    const { marathon, words } = world;
    await underLoad(world, async () => {
      const run = bench.spawn(await words(["--watch", "60", "--steps", "50,100"]));
      await eventually(() => /watching \/web-green/.test(run.output));
      marathon.setHealth(String(marathon.tasks("/web-green")[0]!.id), false);
      assert.deepEqual((await run.exited).code, 3, run.output);
      assert.match(run.output, /rolled back: 1 task of \/web-green failed while it was watched/);
      await marathon.settled();
      assert.deepEqual(counts(marathon), { "/web-blue": 4, "/web-green": 0 });
    }, { busy: true });
  });
});

/** Kills runs one after another, each after its first change or soon after that, until one reaches the end. */
async function killedAgainAndAgain(
  { bench, words }: World,
  flags: readonly string[],
): Promise<{ code: number | null; kills: number }> {
  for (let kills = 0; kills < 40; kills++) {
    const run = bench.spawn(await words(kills === 0 ? flags : [...flags, "--resume"]));
    // Before Marathon has the request, or when it has it: every other run gets further than the one before.
    const point = kills % 2 === 0
      ? /s {2}(?:create|scale|end|delete) /
      : /s {2}(?:create|scale|end|delete) .*\n.*s {2}/;
    await eventually(() => point.test(run.output) || !run.running);
    if (!run.running) return { code: (await run.exited).code, kills };
    run.signal("SIGKILL");
    await run.exited;
  }
  throw new Error("It has not reached its end");
}

feature("deploy --resume continues after a kill at each step, without a failed request", async (bench) => {
  await inWorld(bench, async (world) => {
    const { marathon } = world;
    await underLoad(world, async () => {
      const { code, kills } = await killedAgainAndAgain(world, ["--steps", "25,50,100", "--watch", "0"]);
      assert.equal(code, 0);
      assert.ok(kills >= 4, `${kills} kills`);
      await marathon.settled();
      assert.deepEqual(counts(marathon), { "/web-blue": 0, "/web-green": 4 });
    }, { busy: true });
  });
});

feature("deploy: Marathon restarts in the middle", async (bench) => {
  await inWorld(bench, async (world) => {
    const { marathon, words } = world;
    await underLoad(world, async () => {
      const run = bench.spawn(await words(["--watch", "2", "--steps", "50,100"]));
      await eventually(() => /watching \/web-green/.test(run.output));
      await marathon.stopNode(0);
      await eventually(() => /wait: Marathon did not answer GET/.test(run.output));
      await marathon.startNode(0);
      assert.deepEqual((await run.exited).code, 0, run.output);
      await marathon.settled();
      assert.deepEqual(counts(marathon), { "/web-blue": 0, "/web-green": 4 });
    });
  });
});

feature("deploy: of two at once the second is refused, and the first ends well", async (bench) => {
  await inWorld(bench, async (world) => {
    const { marathon, deploy, words } = world;
    await underLoad(world, async () => {
      const slow = bench.spawn(await words(["--watch", "60"]));
      await eventually(() => /watching \/web-green/.test(slow.output));
      const second = await deploy();
      assert.equal(second.code, 1);
      assert.match(
        second.lines.join("\n"),
        /refused: a deployment of the group web is under way or was interrupted/,
      );
      slow.signal("SIGTERM");
      assert.deepEqual((await slow.exited).code, 1);
      assert.match(slow.lines.join("\n"), /deploy: stopped by SIGTERM; continue with --resume/);

      assert.equal((await deploy(["--resume"])).code, 0);
      await marathon.settled();
      // Both may find blue alone: then Marathon decides.
      const both = await Promise.all([deploy(), deploy()]);
      const output = both.map(({ output, lines }) => output + lines.join("\n")).join("\n");
      assert.deepEqual(both.map(({ code }) => code).sort(), [0, 1], output);
      assert.match(
        output,
        /deploy: refused: (?:another deployment of the group created|a deployment of the group)/,
      );
      await marathon.settled();
      assert.deepEqual(counts(marathon), { "/web-blue": 4, "/web-green": 0 });
    });
  });
});

feature("deploy --dry prints what it would do, and changes nothing", async (bench) => {
  await inWorld(bench, async ({ marathon, deploy }) => {
    const before = marathon.requests.all.length;
    const run = await deploy(["--dry", "--steps", "50,100"]);
    assert.equal(run.code, 0, run.lines.join("\n"));
    assert.match(run.output, /^create \/web-green with 2 of 4 instances$/m);
    assert.match(run.output, /^delete \/web-blue$/m);
    assert.match(run.output, /"HAPROXY_DEPLOYMENT_COLOUR": "green"/);
    const sent = marathon.requests.all.slice(before).map(({ method }) => method);
    assert.ok(sent.every((method) => method === "GET"), sent.join(" "));
    assert.deepEqual(counts(marathon), { "/web-blue": 4, "/web-green": 0 });
  });
});
