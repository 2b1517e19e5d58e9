import assert from "node:assert/strict";
import { ConfigurationStore } from "../../../lib/shell/configuration/ConfigurationStore.ts";
import { startHaproxy, type StartOptions } from "../../../lib/shell/run/startHaproxy.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { withDirectory } from "../files/withDirectory.ts";
import { configurationOf } from "../sync/support/configurationOf.ts";

/** Starts with a HAProxy that fails with these, one after the other, of which so many are a service's fault. */
async function start(failures: string[], faults: number) {
  const logger = new RecordingLogger();
  const steps: string[] = [];
  await withDirectory(async (directory) => {
    const options: StartOptions = {
      supervisor: {
        start() {
          steps.push("start");
          const failure = failures.shift();
          return failure === undefined ? Promise.resolve() : Promise.reject(new Error(failure));
        },
      },
      synchroniser: { refuseUnbound: (failure) => steps.push(`blame ${failure}`) > 0 && faults-- > 0 },
      first: {
        synchronise: (_, answered) => {
          steps.push("synchronise");
          answered();
          return Promise.resolve({ outcome: "applied", problems: [], unfinished: false, heldFor: 0 });
        },
        store: new ConfigurationStore({
          configFile: `${directory}/haproxy.cfg`,
          archiveVersions: 0,
          haproxyMap: false,
        }),
        generator: { render: () => configurationOf("") },
        validate: undefined,
        clock: new FakeClock(),
        logger,
      },
      logger,
    };
    await startHaproxy(options, new AbortController().signal);
  });
  return { steps, lines: logger.lines };
}

Deno.test("startHaproxy: starts anew without the services at fault", async () => {
  const { steps, lines } = await start(["one", "two"], 2);
  assert.deepEqual(steps, [
    ...["synchronise", "start", "blame one"],
    ...["synchronise", "start", "blame two"],
    ...["synchronise", "start"],
  ]);
  assert.deepEqual(
    lines,
    ["one", "two"].map((failure) => `error marathon_lb: ${failure}. Starting without the services at fault`),
  );
});

Deno.test("startHaproxy: gives up when nobody is at fault", async () => {
  await assert.rejects(start(["one", "two"], 1), /^Error: two$/);
});
