import assert from "node:assert/strict";
import { join } from "node:path";
import { createMarathonClient } from "../../../lib/shell/run/createMarathonClient.ts";
import { createSynchroniser } from "../../../lib/shell/run/createSynchroniser.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { withDirectory } from "../files/withDirectory.ts";
import { writeExecutable } from "../haproxy/support/writeExecutable.ts";
import { configurationOf } from "../sync/support/configurationOf.ts";
import { FakeSignals } from "./support/FakeSignals.ts";
import { parseOptions } from "./support/parseOptions.ts";

Deno.test("createSynchroniser: an haproxy -c that does not end is ended, and told", () =>
  withDirectory(async (directory) => {
    const haproxy = join(directory, "haproxy");
    await writeExecutable(haproxy, "#!/bin/sh\nexec tail -f /dev/null\n");
    const [clock, logger] = [new FakeClock(), new RecordingLogger()];
    const options = parseOptions(["sse", "--haproxy-config", join(directory, "haproxy.cfg")]);
    const never = new AbortController().signal;
    const context = {
      ...{ environment: {}, clock, logger, signals: new FakeSignals(), stopping: never, killing: never },
      print: () => Promise.resolve(),
    };
    const client = await createMarathonClient(options, { clock, logger });
    const generator = {
      generate: () => Promise.resolve({ services: [], problems: [], apps: 0 }),
      render: () => configurationOf(""),
    };
    const { validate } = createSynchroniser(options, context, {
      client,
      generator: generator as never,
      reload: () => Promise.resolve({ ok: true }),
      haproxy,
      haproxyEnvironment: { PATH: "/usr/bin:/bin" },
    });
    const checked = validate!(options.haproxyConfig, never);
    const told = assert.rejects(
      checked,
      /haproxy -c -f \S+ did not end within 300 s, nothing was changed: .*no end/,
    );
    await clock.advance(299_999);
    assert.equal(await Promise.race([checked, Promise.resolve("still going on")]), "still going on");
    await clock.advance(1);
    await told;
    client.close();
  }));
